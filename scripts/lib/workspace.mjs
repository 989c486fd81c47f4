import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Folders below `group` that hold a package.json, in alphabetical order: `[{ name, folder, manifest }]`, folder relative to root. */
export function workspacesIn(group, from = root) {
  const names = existsSync(join(from, group)) ? readdirSync(join(from, group)).sort() : [];
  return names
    .filter((name) => existsSync(join(from, group, name, 'package.json')))
    .map((name) => ({
      name,
      folder: `${group}/${name}`,
      manifest: readJson(join(from, group, name, 'package.json')),
    }));
}

/** Examples that have a build of their own. */
export const builtExamples = (from = root) =>
  workspacesIn('examples', from).filter(({ folder }) => existsSync(join(from, folder, 'tsup.config.ts')));

/** Path of a tool's script in node_modules: started with our own Node, so that no shell and no PATH is in between. */
export const tools = {
  tsup: 'node_modules/tsup/dist/cli-default.js',
  tsc: 'node_modules/typescript-7/bin/tsc',
  vitest: 'node_modules/vitest/vitest.mjs',
  biome: 'node_modules/@biomejs/biome/bin/biome',
  publint: 'node_modules/publint/src/cli.js',
  attw: 'node_modules/@arethetypeswrong/cli/dist/index.js',
  knip: 'node_modules/knip/bin/knip.js',
  typedoc: 'node_modules/typedoc/bin/typedoc',
};

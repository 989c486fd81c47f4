import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { builtExamples, readJson, workspacesIn } from './workspace.mjs';

/** Every file below `folder` (relative to `from`), tests left out. */
function sourcesBelow(from, folder) {
  if (!existsSync(join(from, folder))) return [];
  return readdirSync(join(from, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesBelow(from, path);
    return entry.isFile() && !/\.test\.ts$/.test(entry.name) ? [path] : [];
  });
}

/** Hash over what the build reads: path, time of change and size of each file. */
export function sourceFingerprint(from) {
  const hash = createHash('sha256');
  const workspaces = [...workspacesIn('packages', from), ...workspacesIn('examples', from)];
  const files = [
    'tsup.config.ts',
    'tsconfig.base.json',
    'tsconfig.build.json',
    'scripts/build.mjs',
    ...workspaces.flatMap(({ folder }) => [
      `${folder}/package.json`,
      `${folder}/tsconfig.build.json`,
      `${folder}/tsup.config.ts`,
      ...sourcesBelow(from, `${folder}/src`),
    ]),
  ];
  for (const file of files.sort()) {
    const stat = statSync(join(from, file), { throwIfNoEntry: false });
    if (stat) hash.update(`${file}\0${stat.mtimeMs}\0${stat.size}\n`);
  }
  return hash.digest('hex');
}

/** Outputs that must be there after a build, relative to `from`. */
export function expectedOutputs(from) {
  const packages = workspacesIn('packages', from).flatMap(({ folder, manifest }) =>
    Object.values(manifest.exports ?? {}).flatMap((target) =>
      [target.types, target.default].filter(Boolean).map((path) => join(folder, path)),
    ),
  );
  return [...packages, ...builtExamples(from).map(({ folder }) => `${folder}/dist`)];
}

export const missingOutputs = (from) => expectedOutputs(from).filter((path) => !existsSync(join(from, path)));

/** Hash of the lock file's text, or of the root package.json where there is none. */
export function lockFingerprint(from) {
  const file = ['package-lock.json', 'package.json'].map((name) => join(from, name)).find((path) => existsSync(path));
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/**
 * True when node_modules holds what package-lock.json names. npm writes what it installed into a lock file of its own
 * there, so an install by hand (`npm ci`) is recognised without a stamp of ours.
 */
export function installedMatchesLock(from) {
  const installed = join(from, 'node_modules/.package-lock.json');
  if (!existsSync(installed) || !existsSync(join(from, 'package-lock.json'))) return false;
  const there = readJson(installed).packages;
  return Object.entries(readJson(join(from, 'package-lock.json')).packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    const found = there[path];
    if (!found) return wanted.optional === true || wanted.devOptional === true || wanted.peer === true;
    return found.link === wanted.link && (wanted.link === true || found.version === wanted.version);
  });
}

import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundle } from '../lib/bundle.mjs';
import { root } from '../lib/workspace.mjs';

const entry = 'packages/core/src/testing/simulation/index.ts';

/** The simulator with the tree's own sources, in one file. */
export const buildSimulator = () => bundle(entry, 'simulator', { source: true });

/** A copy of core's sources below node_modules/.cache, to be changed: the tree stays as it is. */
export function copyCore(name) {
  const folder = join(root, 'node_modules/.cache/moorage', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'packages/core/src'), join(folder, 'src'), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts'),
  });
  return folder;
}

/** The simulator from such a copy. */
export async function buildFrom(folder) {
  const outfile = join(folder, 'simulator.mjs');
  await build({
    entryPoints: [join(folder, 'src/testing/simulation/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    conditions: ['@moorage/source'],
    external: ['zod'],
  });
  return outfile;
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './workspace.mjs';

/** Whatever is not ours stays an import. */
const othersStay = {
  name: 'others-stay',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@moorage/') ? undefined : { path, external: true },
    );
  },
};

/**
 * Bundles one source into a file below node_modules/.cache, where its imports resolve as the repository's own. `source`:
 * our packages are taken from their sources and bundled in; else every package stays an import (of its dist).
 */
export async function bundle(entry, name, { source = false } = {}) {
  const outfile = join(root, 'node_modules/.cache/moorage', `${name}.mjs`);
  mkdirSync(join(root, 'node_modules/.cache/moorage'), { recursive: true });
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
    conditions: source ? ['@moorage/source'] : [],
    ...(source ? { plugins: [othersStay] } : { packages: 'external' }),
  });
  return outfile;
}

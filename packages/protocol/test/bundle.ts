import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

/** A program as one file in a folder of its own. */
export interface Bundle {
  readonly file: string;
  remove(): Promise<void>;
}

/**
 * Bundles a TypeScript program with all that it imports. `#protocol/` in an import stands for this package's sources.
 */
export async function bundle(source: string): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-bundle-'));
  const sources = fileURLToPath(new URL('../src/', import.meta.url));
  const entry = join(folder, 'program.ts');
  await writeFile(entry, source.replaceAll('#protocol/', sources));
  await build({
    config: false,
    entry: { program: entry },
    outDir: folder,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    platform: 'node',
    target: 'node20',
    noExternal: [/.*/],
    splitting: false,
    silent: true,
  });
  return { file: join(folder, 'program.mjs'), remove: () => rm(folder, { recursive: true, force: true }) };
}

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsup';

const folder = fileURLToPath(new URL('.', import.meta.url));

/**
 * One file for `npm start`: our own packages come in from source, so that they need not be built first; others stay
 * outside.
 */
export default defineConfig({
  entry: { main: `${folder}src/main.ts` },
  outDir: `${folder}dist`,
  format: 'esm',
  target: 'node20',
  platform: 'node',
  noExternal: [/^@moorage\//],
  external: [/^[^./]/],
  esbuildOptions(options) {
    options.conditions = ['@moorage/source', ...(options.conditions ?? [])];
  },
  sourcemap: true,
  splitting: false,
  clean: false,
  silent: true,
});

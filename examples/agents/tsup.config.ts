import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsup';

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = ['calculator', 'crash-loop', 'memory-hog', 'slow-start', 'divider'];

/** Each agent becomes one file that needs Node and nothing else: it may run where there are no packages. */
export default defineConfig({
  entry: Object.fromEntries(names.map((name) => [name, `${folder}src/${name}.ts`])),
  outDir: `${folder}dist`,
  format: 'esm',
  outExtension: () => ({ js: '.mjs' }),
  target: 'node20',
  platform: 'node',
  noExternal: [/.*/],
  esbuildOptions(options) {
    // From source, so that the packages need not be built first.
    options.conditions = ['@moorage/source', ...(options.conditions ?? [])];
  },
  splitting: false,
  minify: false,
  clean: false,
  silent: true,
});

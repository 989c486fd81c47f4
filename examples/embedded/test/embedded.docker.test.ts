import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const inExample = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
let built: string;

beforeAll(async () => {
  const cache = inExample('../../node_modules/.cache/moorage');
  await mkdir(cache, { recursive: true });
  built = await mkdtemp(join(cache, 'embedded-docker-'));
  await build({
    config: false,
    entry: [inExample('src/docker.ts')],
    outDir: built,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    noExternal: [/^@moorage\//],
    external: [/^[^./@]/],
    esbuildOptions: (options) => {
      options.conditions = ['@moorage/source'];
    },
    clean: false,
    silent: true,
  });
});
afterAll(() => rm(built, { recursive: true, force: true }));

it('the Docker example deploys an agent, calls it, and takes it down', async () => {
  const { stdout } = await run(process.execPath, [join(built, 'docker.mjs')], { timeout: 110_000 });
  expect(stdout.trim()).toBe('Hello');
});

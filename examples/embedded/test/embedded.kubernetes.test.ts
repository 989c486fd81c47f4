import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { localNodeImage } from '@moorage/driver-docker';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const inExample = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const image = 'moorage.test/embedded:1';
let built: string;

beforeAll(async () => {
  const load = process.env.MOORAGE_TEST_LOAD;
  if (!load) throw new Error('Set MOORAGE_TEST_LOAD to a command that loads an image into the cluster');
  await localNodeImage({ tag: image, files: {}, command: ['node'] });
  await run('sh', ['-c', `${load} "$1"`, 'load', image]);
  const cache = inExample('../../node_modules/.cache/moorage');
  await mkdir(cache, { recursive: true });
  built = await mkdtemp(join(cache, 'embedded-kubernetes-'));
  await build({
    config: false,
    entry: [inExample('src/kubernetes.ts')],
    outDir: built,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    noExternal: [/^@moorage\//],
    external: [/^[^./@]/, /^@kubernetes\//],
    esbuildOptions: (options) => {
      options.conditions = ['@moorage/source'];
    },
    clean: false,
    silent: true,
  });
});
afterAll(() => built && rm(built, { recursive: true, force: true }));

it('the Kubernetes example finds its way, deploys an agent, calls it, and takes it down', async () => {
  const { MOORAGE_TEST_KUBECONFIG, KUBECONFIG } = process.env;
  const env = { ...process.env, KUBECONFIG: MOORAGE_TEST_KUBECONFIG || KUBECONFIG, AGENT_IMAGE: image };
  const { stdout } = await run(process.execPath, [join(built, 'kubernetes.mjs')], { env, timeout: 170_000 });
  expect(stdout.trim()).toBe('Hello');
});

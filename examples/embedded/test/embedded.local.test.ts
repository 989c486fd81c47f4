import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createHost } from '@moorage/core';
import { createHttp } from '@moorage/http';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const inExample = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

describe('the embedded examples', () => {
  let built: string;
  let state: string;

  beforeAll(async () => {
    // Below the repository's node_modules, where the imports of other packages resolve.
    const cache = inExample('../../node_modules/.cache/moorage');
    await mkdir(cache, { recursive: true });
    built = await mkdtemp(join(cache, 'embedded-'));
    state = await mkdtemp(join(tmpdir(), 'moorage-embedded-'));
    await mkdir(join(built, 'src'));
    await copyFile(inExample('src/agent.mjs'), join(built, 'src', 'agent.mjs'));
    await build({
      config: false,
      entry: ['embedded', 'local-process', 'memory', 'mount', 'postgres', 'serve', 'stable-address'].map((name) =>
        inExample(`src/${name}.ts`),
      ),
      outDir: join(built, 'dist'),
      format: 'esm',
      outExtension: () => ({ js: '.mjs' }),
      target: 'node20',
      // Our packages from their sources, so that nothing need be built first.
      noExternal: [/^@moorage\//],
      external: [/^[^./@]/],
      esbuildOptions: (options) => {
        options.conditions = ['@moorage/source'];
      },
      clean: false,
      silent: true,
    });
  });
  afterAll(async () => {
    await rm(built, { recursive: true, force: true });
    await rm(state, { recursive: true, force: true });
  });

  const start = (name: string, folder: string) => {
    const env = { ...process.env, MOORAGE_DRIVER: 'process', MOORAGE_STATE: folder };
    return run(process.execPath, [join(built, 'dist', `${name}.mjs`)], { env, cwd: state, timeout: 55_000 });
  };

  it.each(['embedded', 'local-process'])('%s deploys an agent, calls it, and leaves nothing', async (name) => {
    const folder = join(state, name);
    const { stdout } = await start(name, folder);
    expect(stdout).toContain('{"greeting":"Hello, world!"}');
    for (const part of ['instances', 'ports', 'volumes']) expect(await readdir(join(folder, part))).toEqual([]);
  });

  it('stable-address gives the agent an address of its own', async () => {
    expect((await start('stable-address', join(state, 'stable'))).stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/m);
  });

  it('serve answers over HTTP until it is told to stop', async () => {
    const env = { ...process.env, PORT: '0', MOORAGE_TOKEN: 'secret' };
    const child = spawn(process.execPath, [join(built, 'dist', 'serve.mjs')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = /"port":(\d+)/.exec(String(line))?.[1];
    const headers = { authorization: 'Bearer secret' };
    const answer = await fetch(`http://127.0.0.1:${port}/v1/containers`, { headers });
    expect(await answer.json()).toEqual({ success: true, data: { containers: [], next: null } });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('mount puts the same API into Express and Fastify', async () => {
    const { mountInExpress, mountInFastify } = await import('../src/mount.js');
    const host = await createHost();
    const http = createHttp(host, { token: 'secret', prefix: '/moorage' });
    const inExpress = mountInExpress(http).listen(0, '127.0.0.1');
    if (!inExpress.listening) await once(inExpress, 'listening');
    const app = mountInFastify(http);
    await app.listen({ port: 0, host: '127.0.0.1' });
    for (const server of [inExpress, app.server]) {
      const { port } = server.address() as AddressInfo;
      const headers = { authorization: 'Bearer secret' };
      const answer = await fetch(`http://127.0.0.1:${port}/moorage/v1/containers`, { headers });
      expect(await answer.json()).toEqual({ success: true, data: { containers: [], next: null } });
    }
    inExpress.close();
    await app.close();
    await host.close();
  });

  it('memory runs without any engine', async () => {
    expect((await start('memory', state)).stdout).toContain('agent.greeter is healthy at ');
  });

  it('postgres keeps its state in a server of its own, and takes it up again', async () => {
    for (const _ of ['first', 'again']) {
      const { stdout } = await start('postgres', state);
      expect(stdout).toContain('agent.greeter is healthy, kept by postgres');
    }
  });
});

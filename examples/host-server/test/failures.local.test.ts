import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testPostgres } from './faults/support/postgres.js';
import { failsToStart } from './support/fails-to-start.js';
import { newPlace, type Place } from './support/host-process.js';

let place: Place;
beforeEach(async () => {
  place = await newPlace('memory');
});
afterEach(async () => place.clean());

const fails = (env: Record<string, string>, args: readonly string[] = []) => failsToStart(place, env, args);

describe('a host with another engine on the same database', () => {
  it('is told in one line while the first one works, and may start once it has ended', {
    timeout: 120_000,
  }, async () => {
    const postgres = await testPostgres();
    const env = { DATABASE_URL: postgres.url, MOORAGE_SECRETS_KEY: 'ab'.repeat(32) };
    const one = await newPlace('process', env);
    const elsewhere = await newPlace('process', env);
    try {
      const first = one.start();
      await first.ready();
      const line = await failsToStart(elsewhere, {});
      expect(line).toMatch(/hosts on one store share one engine\. Stop that one first, or give this one a store/);
      expect(await first.end('SIGTERM')).toBe(0);
      const second = elsewhere.start();
      await second.ready();
      expect(await second.end('SIGTERM')).toBe(0);
    } finally {
      for (const place of [one, elsewhere]) {
        await place.start({}, ['--remove']).ended;
        await place.clean();
      }
      await postgres.close();
    }
  });
});

describe('what cannot work is told in one line', () => {
  it('a taken port', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    expect(await fails({ PORT: String(port) })).toContain(`port ${port} of 127.0.0.1 is taken`);
    await new Promise((resolve) => other.close(resolve));
  });

  it.each([
    [{ PORT: 'http' }, 'PORT is "http"'],
    [{ MOORAGE_DRIVER: 'podman' }, 'docker, kubernetes, process, memory'],
    [{ MOORAGE_TOKEN: '', HOST: '0.0.0.0' }, 'there is no token'],
    [{ HOST: '203.0.113.7' }, 'no address 203.0.113.7'],
    [{ DATABASE_URL: 'mysql://db' }, 'postgresql://'],
    [{ MOORAGE_DRIVER: 'docker', DOCKER_HOST: 'unix:///nowhere/docker.sock' }, 'MOORAGE_DRIVER=process'],
    [{ MOORAGE_DRIVER: 'process', DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:1/x' }, '127.0.0.1:1'],
  ])('%j', async (env, words) => {
    const line = await fails(env);
    expect(line).toContain(words);
    expect(line).not.toContain('hunter2');
  });

  it('no cluster', { timeout: 240_000 }, async () => {
    const env = { MOORAGE_DRIVER: 'kubernetes' };
    expect(await fails(env)).toContain('Cannot find a cluster: KUBECONFIG is not set');
    const missing = join(place.folder, '..', 'none.yaml');
    expect(await fails({ ...env, KUBECONFIG: missing })).toMatch(/none\.yaml".*no such file.*set KUBECONFIG/);
    const KUBECONFIG = join(place.folder, '..', 'kubeconfig.json');
    const config = {
      clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'home', context: { cluster: 'c', user: 'u' } }],
    };
    writeFileSync(KUBECONFIG, JSON.stringify({ ...config, 'current-context': 'home' }));
    expect(await fails({ ...env, KUBECONFIG })).toMatch(/cluster at "http:\/\/127\.0\.0\.1:1" does not answer/);
    expect(await fails({ ...env, KUBECONFIG, MOORAGE_CONTEXT: 'work' })).toMatch(/context "work".*has "home"/);
    writeFileSync(KUBECONFIG, JSON.stringify({ ...config, 'current-context': 'gone' }));
    expect(await fails({ ...env, KUBECONFIG })).toContain('whose current context names one');
  });

  it('an argument that is none', async () => {
    expect(await fails({}, ['--purge'])).toContain('"--purge"');
  });

  it.each(['secrets.key', 'host-id', 'token'])('a damaged %s', async (name) => {
    mkdirSync(place.folder, { recursive: true });
    writeFileSync(join(place.folder, name), 'x\n');
    expect(await fails({})).toContain(`damaged: ${name}`);
  });

  it('a file where the state folder should be', async () => {
    mkdirSync(dirname(place.folder), { recursive: true });
    writeFileSync(place.folder, '');
    expect(await fails({})).toContain('is a file where a folder is needed');
  });

  it('a second host on the same folder', async () => {
    const first = place.start();
    await first.ready();
    expect(await fails({})).toContain('Another host');
    expect(await first.end('SIGTERM')).toBe(0);
  });
});

it('can be ended while it starts', async () => {
  const host = place.start();
  expect([0, null]).toContain(await host.end('SIGTERM'));
  const again = place.start();
  await again.ready();
  expect(await again.end('SIGINT')).toBe(0);
});

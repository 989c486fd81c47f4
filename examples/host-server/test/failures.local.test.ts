import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newPlace, type Place } from './support/host-process.js';

let place: Place;
beforeEach(async () => {
  place = await newPlace('memory');
});
afterEach(async () => place.clean());

/** Starts and expects one clear line and exit code 1. */
async function fails(env: Record<string, string>, args: readonly string[] = []): Promise<string> {
  const host = place.start(env, args);
  expect(await host.ended).toBe(1);
  const lines = host.output().trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^Moorage cannot go on: /);
  return lines[0] ?? '';
}

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
    [{ MOORAGE_DRIVER: 'podman' }, 'docker, process, memory'],
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

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@moorage/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type KubeClient, kubeClient } from '../src/kube-client.js';

const silenceMs = 500;

let server: Server;
let sockets: Socket[];
let asleep: boolean;
let folder: string;
let client: KubeClient;

beforeEach(async () => {
  sockets = [];
  asleep = false;
  server = createServer((request, response) => {
    if (request.url === '/begun') {
      response.write('{"half":');
      return;
    }
    if (!asleep) response.end('{"ok":true}');
  });
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'moorage-k8s-'));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = {
    clusters: [{ name: 'c', cluster: { server: address } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  };
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(config));
  client = kubeClient({ kubeconfig: join(folder, 'kubeconfig') }, silenceMs);
});
afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const get = (path = '/') => client.json({ method: 'GET', path, signal: AbortSignal.timeout(60_000) });

it('gives up an answer that does not come, and one that stops in the middle', async () => {
  asleep = true;
  await expect(get()).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await expect(get('/begun')).rejects.toMatchObject({ code: expect.stringMatching(/ETIMEDOUT|ECONNRESET/) });
});

it('goes on with new connections after one was silent', async () => {
  await Promise.all([get(), get(), get()]);
  const kept = [...sockets];
  expect(kept.length).toBeGreaterThan(1);
  asleep = true;
  await expect(get()).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await eventually('those that were kept are closed', () => kept.every(({ destroyed }) => destroyed));
  asleep = false;
  expect(await get()).toEqual({ ok: true });
});

it('leaves a stream to whoever reads it', async () => {
  const stream = await client.stream({ method: 'GET', path: '/begun', signal: AbortSignal.timeout(60_000) });
  await expect(get('/begun')).rejects.toThrow();
  await expect(get('/begun')).rejects.toThrow();
  expect(stream.destroyed).toBe(false);
  stream.destroy();
});

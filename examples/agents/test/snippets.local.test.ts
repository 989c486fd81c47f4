import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { calculatorManifest } from '../src/manifests.js';
import { deployDivider, readManifest } from '../src/snippets.js';

const at = '2026-01-31T12:00:00.000Z';
const identity = { container_id: 'd-1', agent_id: 'agent.divider', customer_id: 'customer-123' };
const created = {
  ...identity,
  ...{ name: 'agent.divider', image: 'divider:1', address: null, health_url: null },
  ...{ status: 'running', phase: 'ready', reason: 'as asked', health: 'healthy' },
  ...{ cpu_usage: null, memory_usage: null, disk_usage: null, load: null, uptime: 0 },
  ...{ replicas: 1, ready_instances: 1, created_at: at, updated_at: at, created: true, warnings: [] },
};
const event = { id: '1', type: 'deployment-ready', ...identity, message: 'It is ready', data: {}, created_at: at };

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** As much of a host as the snippet needs. */
async function standIn() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(
      `${request.method} ${request.url} ${request.headers.authorization} ${request.headers['last-event-id'] ?? ''}`,
    );
    if (request.method === 'POST') {
      request.resume().once('end', () => {
        response.writeHead(201).end(JSON.stringify({ success: true, data: created }));
      });
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`id: 1\ndata: ${JSON.stringify(event)}\n\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

describe('the snippets', () => {
  it('read a manifest', () => {
    const manifest = calculatorManifest({ image: 'calculator:1' });
    expect(readManifest(JSON.stringify(manifest))).toEqual({ manifest, warnings: [] });
  });

  it('call a host and read its events', async () => {
    const host = await standIn();
    expect(await deployDivider(host.url, 'secret')).toBe('d-1');
    expect(host.seen).toEqual([
      'POST /v1/containers Bearer secret ',
      'GET /v1/events?customer_id=customer-123 Bearer secret start',
    ]);
  });
});

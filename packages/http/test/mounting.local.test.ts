import { createHost, type Host } from '@moorage/core';
import { createClient, type EventRecord, eventRecordSchema } from '@moorage/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createHttp } from '../src/index.js';
import { manifest, token } from './support/memory-http.js';
import { mountings, type Served } from './support/servers.js';

describe.each(mountings.map((mounting) => [mounting.name, mounting] as const))(
  'in %s',
  (_name, { prefix, prefixOption, serve }) => {
    let host: Host;
    let served: Served;
    beforeEach(async () => {
      host = await createHost();
      served = await serve(createHttp(host, { token, prefix: prefixOption }));
    });
    afterEach(async () => {
      await served.stop();
      await host.close();
    });

    const send = (method: string, path: string, body?: unknown) =>
      fetch(served.url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });

    it('serves the whole life of a container to the typed client', async () => {
      const client = createClient({ url: served.url, token, customerId: 'c' });
      const made = await client.createContainer({ manifest: manifest() });
      expect(made).toMatchObject({ created: true, health: 'healthy' });
      const { containers } = await client.listContainers({});
      expect(containers.map((container) => container.container_id)).toEqual([made.container_id]);
      const gone = await client.deleteContainer({ container_id: made.container_id, wait_ms: 60_000 });
      expect(gone.deleted).toBe(true);
      await expect(client.getContainer({ container_id: made.container_id })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it('says where things are, as the caller sees them', async () => {
      const made = await send('POST', '/v1/containers', { customer_id: 'c', manifest: manifest(), wait_ms: 0 });
      expect(made.status).toBe(202);
      const location = made.headers.get('location') ?? '';
      expect(location).toMatch(new RegExp(`^${prefix}/v1/containers/`));
      expect(
        (await fetch(new URL(location, served.url), { headers: { authorization: `Bearer ${token}` } })).status,
      ).toBe(200);
      const openApi = (await (await send('GET', '/openapi.json')).json()) as { servers: { url: string }[] };
      expect(openApi.servers).toEqual([{ url: served.url }]);
      const docs = await send('GET', '/docs');
      expect(docs.headers.get('content-type')).toContain('text/html');
      const page = await docs.text();
      for (const [, asset] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
        const answer = await fetch(new URL(asset ?? '', `${served.url}/docs`));
        expect([asset, answer.status]).toEqual([asset, 200]);
        await answer.body?.cancel();
      }
    });

    it('refuses in our own shape', async () => {
      const unauthenticated = await fetch(`${served.url}/v1/containers`);
      expect(unauthenticated.status).toBe(401);
      expect(await unauthenticated.json()).toMatchObject({ success: false, error: { code: 'unauthenticated' } });
      const missing = await send('GET', '/v1/containers/d-none');
      expect(await missing.json()).toMatchObject({ success: false, error: { code: 'not_found' } });
    });

    it('streams events and frees the listener when the caller goes', async () => {
      const client = createClient({ url: served.url, token });
      const leaving = new AbortController();
      await host.deploy(manifest(), { tenant: 'c' });
      const seen: EventRecord[] = [];
      for await (const event of client.events({ after: 'start', signal: leaving.signal })) {
        seen.push(event);
        if (event.type === 'deployment-ready') leaving.abort();
      }
      const types = seen.map((event) => event.type);
      expect(types[0]).toBe('deployment-created');
      expect(types.at(-1)).toBe('deployment-ready');
      expect(new Set(seen.map((event) => event.id)).size).toBe(seen.length);
    });

    it('tells events over a WebSocket, and resumes', async () => {
      const handle = await host.deploy(manifest(), { tenant: 'c' });
      await handle.ready();
      const wanted: string[] = [];
      for await (const event of host.events({ after: 'start', once: true })) wanted.push(event.cursor);
      const seen: string[] = [];
      while (seen.length < wanted.length) {
        const after = seen.at(-1) ?? 'start';
        seen.push(
          ...(await readSocket(
            `${served.url.replace('http', 'ws')}/v1/live?after=${after}`,
            Math.min(2, wanted.length - seen.length),
          )),
        );
      }
      expect(seen).toEqual(wanted);
    });
  },
);

/** Ids of so many events, or of all until the socket closes. */
function readSocket(url: string, count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const ids: string[] = [];
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    socket.on('message', (data) => {
      if (ids.length < count) ids.push(eventRecordSchema.parse(JSON.parse(String(data))).id);
      if (ids.length === count) socket.close();
    });
    socket.on('close', () => resolve(ids));
    socket.on('error', reject);
  });
}

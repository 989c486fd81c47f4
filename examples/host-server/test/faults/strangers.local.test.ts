import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeploymentHandle, Host } from '@moorage/core';
import { type Authenticate, createHttp } from '@moorage/http';
import { type ActionName, type ActionRow, actionNames, actions, toRestRequest } from '@moorage/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './support/ask.js';
import { longTest, readyIn } from './support/patience.js';
import { type TestPostgres, testPostgres } from './support/postgres.js';
import { openWorld, type World } from './support/world.js';

/** As long as a real one, so that not even a length differs. */
const absentId = 'd-aaaaaaaaaaaaaaaa';
const other = { tenant: 'customer-2' };

let world: World;
let postgres: TestPostgres;
let host: Host;
let handle: DeploymentHandle;
let server: Server;

/** The token is the customer's name. */
const authenticate: Authenticate = async ({ headers }) => {
  const tenant = headers.get('authorization')?.replace('Bearer ', '') ?? '';
  return { subject: tenant, tenant, scopes: ['container:manage'] };
};

beforeAll(async () => {
  world = await openWorld('process');
  postgres = await testPostgres();
  host = await world.host({ store: await postgres.store() });
  handle = await host.deploy(world.manifest('good'), { tenant: 'customer-1' });
  await handle.ready(readyIn);
  server = createServer(createHttp(host, { authenticate }).node);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await world?.close();
  await postgres?.close();
});

/** The whole answer as it stands on the wire, without what differs between any two answers. */
function rawAnswer(method: string, path: string, body: unknown, id: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const headers = { authorization: `Bearer ${other.tenant}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
      let text = `${answer.statusCode}\n${answer.rawHeaders.join('\n')}\n\n`;
      const requestId = answer.headers['x-request-id'];
      const date = answer.headers.date;
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('error', reject).on('end', () => {
        const own = [
          [id, 'ID'],
          [String(requestId), 'REQUEST'],
          [String(date), 'DATE'],
        ] as const;
        for (const [value, word] of own) text = text.replaceAll(value, word);
        resolve(text);
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const byId = actionNames.filter((name) => (actions[name] as ActionRow).rest.path.includes(':container_id'));
const extra = (name: ActionName) => (name === 'update_container' ? { image: 'evil:1' } : {});

describe('a customer who guesses another’s id', () => {
  it.each(byId)('%s over REST: byte for byte as if there were none', async (name) => {
    const send = (id: string) => {
      const rest = toRestRequest(name, { container_id: id, ...extra(name) } as never);
      return rest ? rawAnswer(rest.method, rest.path, rest.body, id) : Promise.reject(new Error('no REST form'));
    };
    const there = await send(handle.id);
    expect(there).toMatch(/^404\n/);
    expect(there).toContain('"not_found"');
    expect(there).toBe(await send(absentId));
  });

  it.each(byId)('%s in the envelope: byte for byte as if there were none', async (name) => {
    const send = (id: string) =>
      rawAnswer('POST', '/v1/actions', { id: 1, action: name, params: { container_id: id, ...extra(name) } }, id);
    const there = await send(handle.id);
    expect(there).toContain('"not_found"');
    expect(there).toBe(await send(absentId));
  });

  it('the SDK: the same error, and nothing in any list', async () => {
    const refusal = async (id: string) => {
      const error = await host.get(id, other).then(
        () => undefined,
        (thrown: Error & { code: string; context: unknown }) => thrown,
      );
      return JSON.stringify([error?.code, error?.message, error?.context]).replaceAll(id, 'ID');
    };
    expect(await refusal(handle.id)).toContain('not_found');
    expect(await refusal(handle.id)).toBe(await refusal(absentId));
    expect((await host.list(other)).items).toEqual([]);
    expect(await host.discover('calculation', other)).toEqual([]);
    expect(await host.incidents(other)).toEqual([]);
    for await (const event of host.events({ ...other, after: 'start', once: true })) expect(event).toBeUndefined();
  });

  it('changes through a handle of one’s own do not reach it', async () => {
    for (const change of [
      () => handle.remove(other),
      () => handle.park('stop', other),
      () => handle.restart(other),
      () => handle.scale(3, other),
      () => handle.update(world.manifest('exits'), other),
    ]) {
      await expect(change()).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('the agent has noticed nothing', longTest, async () => {
    expect(await ask(handle.address)).toMatchObject({ customer: 'customer-1', mode: 'good' });
    expect((await handle.audit()).filter(({ actor }) => actor === other.tenant)).toEqual([]);
    expect((await handle.view()).record.desired.generation).toBe(1);
    await handle.remove();
    await handle.gone(readyIn);
    expect(await world.leftovers(host.owner)).toEqual([]);
    expect(await world.openPorts()).toEqual([]);
  });
});

import type { Host } from '@moorage/core';
import { createHttp } from '@moorage/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './ask.js';
import { longTest, readyIn } from './patience.js';
import { type TestPostgres, testPostgres } from './postgres.js';
import { type Kind, openWorld, type World } from './world.js';

const unicode = 'Käufer “北京” 🚀 \u0645\u0631\u062d\u0628\u0627 & <b>';

/** Names in every script, and names that are too long. */
export function unusualNames(kind: Kind): void {
  let world: World;
  let postgres: TestPostgres | undefined;
  let host: Host;
  beforeAll(async () => {
    world = await openWorld(kind);
    // On Docker the time goes into the engine: PostgreSQL is tried with the others.
    postgres = kind === 'docker' ? undefined : await testPostgres();
    host = await world.host({ store: await postgres?.store() });
  });
  afterAll(async () => {
    await world?.close();
    await postgres?.close();
  });

  it.each([
    ['unicode', unicode],
    ['255 characters of three bytes each', '京'.repeat(255)],
  ])('%s as tenant and name works from end to end', longTest, async (_what, text) => {
    const handle = await host.deploy(world.manifest('good'), { tenant: text, name: text });
    await handle.ready(readyIn);
    expect(await ask(handle.address)).toMatchObject({ customer: text });
    const { items } = await host.list({ tenant: text, name: text });
    expect(items.map(({ record }) => record.desired)).toMatchObject([{ id: handle.id, tenant: text, name: text }]);
    expect((await host.get(handle.id, { tenant: text })).tenant).toBe(text);
    await expect(host.get(handle.id, { tenant: `${text}x` })).rejects.toMatchObject({ code: 'not_found' });
    const seen = (await handle.view()).instances.map(({ observed }) => observed.tenant);
    expect(seen).toEqual([text]);
    if (kind === 'docker') {
      const [container] = await world.engine.containers(host.owner);
      expect(container?.Labels['moorage.tenant']).toBe(text);
    }
    const audit = await handle.audit();
    expect(audit[0]).toMatchObject({ action: 'deploy', details: { name: text } });
    await handle.remove();
    await handle.gone(readyIn);
    expect(await world.leftovers(host.owner)).toEqual([]);
    expect(await world.openPorts()).toEqual([]);
  });

  describe('300 characters are refused with field and limit', () => {
    const long = 'n'.repeat(300);
    it.each([
      ['tenant', 255, { tenant: long }, {}],
      ['name', 255, { name: long }, {}],
      ['idempotencyKey', 255, { idempotencyKey: long }, {}],
      ['agent_id', 253, {}, { agent_id: `agent.${long}` }],
      ['name', 300, {}, { name: `${long}n` }],
      ['version', 128, {}, { version: `1.0.0-${long}` }],
    ])('%s of the SDK: at most %i', async (field, limit, options, changes) => {
      const asked = host.deploy({ ...world.manifest('good'), ...changes }, { tenant: 'customer-1', ...options });
      await expect(asked).rejects.toMatchObject({ code: 'invalid_argument' });
      const error = (await asked.catch((thrown: Error) => thrown)) as Error;
      expect(error.message).toContain(field);
      expect(error.message).toContain(String(limit));
    });

    it.each(['customer_id', 'name', 'agent_id'])('%s over HTTP', async (field) => {
      const http = createHttp(host, { token: 'a-token-for-this-test' });
      const manifest = world.manifest('good');
      const body =
        field === 'agent_id'
          ? { customer_id: 'c', manifest: { ...manifest, agent_id: `agent.${long}` } }
          : { customer_id: 'c', manifest, [field]: long };
      const answer = await http.fetch(
        new Request('http://localhost/v1/containers', {
          method: 'POST',
          headers: { authorization: 'Bearer a-token-for-this-test', 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      );
      expect(answer.status).toBe(400);
      const { error } = (await answer.json()) as { error: { code: string; message: string } };
      expect(error.code).toBe('invalid_argument');
      expect(error.message).toContain(field);
      expect(error.message).toMatch(/25[35]/);
      http.close();
    });

    it('and nothing came of it', async () => {
      expect((await host.list()).items).toEqual([]);
      expect(await world.leftovers(host.owner)).toEqual([]);
    });
  });
}

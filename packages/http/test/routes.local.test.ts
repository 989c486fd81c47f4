import { type ActionName, type ActionRow, actionNames, actions, toRestRequest } from '@moorage/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MemoryHttp, manifest, memoryHttp } from './support/memory-http.js';

let http: MemoryHttp;
beforeAll(async () => {
  http = await memoryHttp();
});
afterAll(async () => http[Symbol.asyncDispose]());

const customer = 'customer-123';
const agent = 'agent.calculator.calculation';

/** Params for each action on a container that is there; a new row of the table fails here until it has some. */
const paramsFor: { readonly [N in ActionName]: (id: string) => Record<string, unknown> } = {
  create_container: () => ({ customer_id: customer, manifest: manifest() }),
  list_containers: () => ({ customer_id: customer, limit: 10 }),
  get_container: (id) => ({ container_id: id }),
  update_container: (id) => ({ container_id: id, image: 'calculator:2' }),
  delete_container: (id) => ({ container_id: id, wait_ms: 60_000 }),
  stop_container: (id) => ({ container_id: id, wait_ms: 60_000 }),
  start_container: (id) => ({ container_id: id, wait_ms: 60_000 }),
  restart_container: (id) => ({ container_id: id, wait_ms: 60_000 }),
  park_container: (id) => ({ container_id: id, depth: 'pause', wait_ms: 60_000 }),
  unpark_container: (id) => ({ container_id: id, wait_ms: 60_000 }),
  health_check: (id) => ({ container_id: id, limit: 5 }),
  get_logs: (id) => ({ container_id: id, tail: 5 }),
  get_usage: (id) => ({ container_id: id }),
  list_incidents: (id) => ({ container_id: id }),
  list_instances: (id) => ({ container_id: id }),
  get_address: () => ({ agent_id: agent, customer_id: customer }),
  discover_agent: () => ({ capability: 'calculation', tags: ['arithmetic'] }),
  scale_agent: () => ({ agent_id: agent, customer_id: customer, instances: 2, wait_ms: 60_000 }),
  track_usage: () => ({ agent_id: agent, customer_id: customer, action: 'calculate', duration: 12, id: 'u-1' }),
  list_usage: () => ({ customer_id: customer }),
};

const rest = async (name: ActionName, params: Record<string, unknown>) => {
  const request = toRestRequest(name, params as never);
  if (!request) throw new Error(`${name} has no REST form for ${JSON.stringify(params)}`);
  const { status, body } = await http.request(request.method, request.path, { body: request.body });
  return { status, data: body.data, error: body.error, shape: body.success };
};

const envelope = async (name: ActionName, params: Record<string, unknown>) => {
  const { status, body } = await http.request('POST', '/v1/actions', { body: { id: 'r-1', action: name, params } });
  return { status, data: body.result, error: body.error, shape: body.id === 'r-1' };
};

describe.each([
  ['REST', rest],
  ['the envelope', envelope],
])('over %s', (_name, send) => {
  it.each(actionNames)('%s answers as the table says', async (name) => {
    const id = await http.deploy(customer);
    const row: ActionRow = actions[name];
    const answer = await send(name, paramsFor[name](id));
    expect(answer.error).toBeUndefined();
    expect(answer.shape).toBe(true);
    expect(answer.status).toBe(name === 'create_container' ? 200 : row.rest.successStatus);
    expect(row.result.parse(answer.data)).toEqual(answer.data);
    await http.request('DELETE', `/v1/containers/${id}?wait_ms=60000`);
  });
});

describe('what the actions do', () => {
  it('walks a container through its life', async () => {
    const made = await rest('create_container', { customer_id: customer, manifest: manifest() });
    expect(made).toMatchObject({ status: 201, data: { status: 'running', phase: 'ready', health: 'healthy' } });
    const id = String(made.data?.container_id);
    expect(made.data?.health_url).toBe(`${made.data?.address}/health`);
    const reference = { container_id: id, wait_ms: 60_000 };
    expect((await rest('stop_container', reference)).data).toMatchObject({ status: 'stopped', phase: 'parked' });
    expect((await rest('start_container', reference)).data).toMatchObject({ status: 'running', phase: 'ready' });
    expect((await rest('scale_agent', { ...paramsFor.scale_agent(id), instances: 3 })).data).toMatchObject({
      container_id: id,
      from: 1,
      to: 3,
    });
    const instances = await rest('list_instances', { container_id: id });
    expect(instances.data?.instances).toHaveLength(3);
    expect((await rest('update_container', { ...reference, image: 'calculator:2' })).data).toMatchObject({
      image: 'calculator:2',
      phase: 'ready',
    });
    expect((await rest('delete_container', reference)).data).toEqual({ container_id: id, deleted: true });
    expect(await rest('get_container', { container_id: id })).toMatchObject({
      status: 404,
      error: { code: 'not_found' },
    });
  });

  it('says 202 while the last of a container is on its way out', async () => {
    const id = await http.deploy(customer);
    const answer = await http.request('DELETE', `/v1/containers/${id}`);
    expect([answer.status, answer.body.data?.deleted]).toEqual([202, false]);
    await (await http.host.get(id).catch(() => undefined))?.gone();
  });

  it('finds a container by agent and customer, unless there are two', async () => {
    const first = await http.deploy(customer);
    const byAgent = { agent_id: agent, customer_id: customer };
    expect((await envelope('get_container', byAgent)).data).toMatchObject({ container_id: first });
    const second = await http.host.deploy(manifest(), { tenant: customer, name: 'second' });
    await second.ready();
    expect(await envelope('get_container', byAgent)).toMatchObject({
      status: 409,
      error: { code: 'conflict', context: { container_ids: [first, second.id] } },
    });
    expect((await envelope('get_container', { ...byAgent, container_id: second.id })).data).toMatchObject({
      name: 'second',
    });
    expect(await envelope('get_container', { container_id: first, agent_id: 'another' })).toMatchObject({
      status: 404,
    });
    for (const id of [first, second.id]) await http.request('DELETE', `/v1/containers/${id}?wait_ms=60000`);
    expect(await envelope('get_container', byAgent)).toMatchObject({ status: 404 });
  });

  it('lists page by page, and by what the host knows now', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const made = await Promise.all(
      names.map((name) => http.host.deploy(manifest(`agent.${name}`), { tenant: 'customer-pages' })),
    );
    await Promise.all(made.map((handle) => handle.ready()));
    await made[2]?.park();
    const list = async (query: string) =>
      (await http.request('GET', `/v1/containers?customer_id=customer-pages&${query}`)).body.data as {
        containers: { container_id: string }[];
        next: string | null;
      };
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page: Awaited<ReturnType<typeof list>> = await list(`limit=2${next ? `&after=${next}` : ''}`);
      expect(page.containers.length).toBeLessThanOrEqual(2);
      seen.push(...page.containers.map((container) => container.container_id));
      next = page.next;
    }
    expect(seen.sort()).toEqual(made.map((handle) => handle.id).sort());
    const stopped = await list('status=stopped&limit=2');
    expect(stopped.containers.map((container) => container.container_id)).toEqual([made[2]?.id]);
    expect((await list('status=running&health=healthy')).containers).toHaveLength(4);
  });

  it('counts usage of one id once', async () => {
    const events = ['x-1', 'x-2', 'x-1'].map((id) => ({
      id,
      agent_id: agent,
      customer_id: 'customer-usage',
      action: 'calculate',
      duration: 5,
    }));
    expect(await rest('track_usage', { events })).toMatchObject({ status: 202, data: { accepted: 3 } });
    const usage = await rest('list_usage', { customer_id: 'customer-usage' });
    expect(usage.data?.usage).toHaveLength(2);
    expect(usage.data?.usage).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: 'x-1' }), expect.objectContaining({ id: 'x-2' })]),
    );
  });
});

import { type ActionName, type ActionRow, actionNames, actions, toRestRequest } from '@moorage/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MemoryHttp, manifest, memoryHttp } from './support/memory-http.js';

const agent = 'agent.calculator.calculation';
const absentId = 'd-aaaaaaaaaaaaaaaa';
const own = 'tenant:owner';
const other = 'tenant:other';

let http: MemoryHttp;
let id: string;
beforeAll(async () => {
  http = await memoryHttp();
  id = await http.deploy('owner');
});
afterAll(async () => http[Symbol.asyncDispose]());

/** Another customer's container by its guessed id, and the same for an id that does not exist. */
const byId = actionNames.filter((name) => (actions[name] as ActionRow).rest.path.includes(':container_id'));

/** What is named by customer instead. */
const byCustomer: Partial<Record<ActionName, (customer: string) => Record<string, unknown>>> = {
  create_container: (customer) => ({ customer_id: customer, manifest: manifest() }),
  list_containers: (customer) => ({ customer_id: customer }),
  get_address: (customer) => ({ customer_id: customer, agent_id: agent }),
  discover_agent: (customer) => ({ customer_id: customer, capability: 'calculation' }),
  scale_agent: (customer) => ({ customer_id: customer, agent_id: agent, instances: 0 }),
  track_usage: (customer) => ({ customer_id: customer, agent_id: agent, action: 'calculate', duration: 1 }),
  list_usage: (customer) => ({ customer_id: customer }),
};

const extra = (name: ActionName) => (name === 'update_container' ? { image: 'evil:1' } : {});

async function rest(name: ActionName, params: Record<string, unknown>, as: string) {
  const request = toRestRequest(name, params as never);
  if (!request) throw new Error(`no REST form for ${name}`);
  return http.request(request.method, request.path, { body: request.body, as });
}

const envelope = (name: ActionName, params: Record<string, unknown>, as: string) =>
  http.request('POST', '/v1/actions', { body: { action: name, params }, as });

const forms = [
  ['REST', rest],
  ['the envelope', envelope],
] as const;

it('covers every row of the table', () => {
  expect([...byId, ...Object.keys(byCustomer)].sort()).toEqual([...actionNames].sort());
});

describe.each(forms)('a customer who guesses, over %s', (_form, send) => {
  it.each(byId)('%s of another customer is answered as one that is absent', async (name) => {
    const there = await send(name, { container_id: id, ...extra(name) }, other);
    const absent = await send(name, { container_id: absentId, ...extra(name) }, other);
    expect(there.status).toBe(404);
    expect(JSON.stringify(there.body).replaceAll(id, absentId)).toBe(JSON.stringify(absent.body));
  });

  it.each(Object.keys(byCustomer) as ActionName[])('%s for another customer is answered as for none', async (name) => {
    const params = byCustomer[name];
    const there = await send(name, params?.('owner') ?? {}, other);
    const absent = await send(name, params?.('nobody') ?? {}, other);
    expect(there.status).toBe(404);
    expect(JSON.stringify(there.body).replaceAll('owner', 'nobody')).toBe(JSON.stringify(absent.body));
  });
});

it('shows a customer its own things only, whatever it leaves out', async () => {
  const mine = await http.deploy('other', 'agent.mine');
  const ids = async (path: string, key: string, as: string) => {
    const { body } = await http.request('GET', path, { as });
    const records = (body.data?.[key] ?? []) as { container_id: string }[];
    return records.map((record) => record.container_id);
  };
  expect(await ids('/v1/containers', 'containers', other)).toEqual([mine]);
  expect(await ids('/v1/discover?capability=calculation', 'agents', other)).toEqual([mine]);
  expect((await ids('/v1/containers', 'containers', 'operator')).sort()).toEqual([id, mine].sort());
});

it('left the owner’s container as it was', async () => {
  const { body } = await http.request('GET', `/v1/containers/${id}`, { as: own });
  expect(body.data).toMatchObject({ container_id: id, phase: 'ready', replicas: 1, image: 'calculator:1' });
  const audit = await (await http.host.get(id)).audit();
  expect(audit.filter((record) => record.actor === other)).toEqual([]);
  const { items } = await http.host.usageEvents({ tenant: 'owner' });
  expect(items).toEqual([]);
});

it('takes no part of a usage batch in which one line is another customer’s', async () => {
  const line = (customer: string) => ({ customer_id: customer, agent_id: agent, action: 'calculate', duration: 1 });
  const { status } = await rest('track_usage', { events: [line('other'), line('owner')] }, other);
  expect(status).toBe(404);
  expect((await http.host.usageEvents({ tenant: 'other' })).items).toEqual([]);
});

describe('events', () => {
  const read = async (query: string, as: string) => {
    const gone = new AbortController();
    const answer = await http.http.fetch(
      new Request(`http://localhost/v1/events${query}`, {
        headers: { authorization: `Bearer ${as}` },
        signal: gone.signal,
      }),
    );
    return { answer, leave: () => gone.abort() };
  };

  it('tells a customer of its own things only', async () => {
    const { answer, leave } = await read('?after=start', other);
    await http.deploy('other', 'agent.last');
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes('agent.last')) break;
    }
    leave();
    expect(text).not.toContain(id);
    expect(text).not.toContain('"owner"');
  });

  it('answers another customer’s feed as absent', async () => {
    const { answer } = await read('?after=start&customer_id=owner', other);
    expect(answer.status).toBe(404);
  });
});

describe('scopes', () => {
  it.each(actionNames)('%s is for a reader only when it reads', async (name) => {
    const row: ActionRow = actions[name];
    const params = byCustomer[name]?.('owner') ?? { container_id: absentId, ...extra(name) };
    const { status } = await envelope(name, params, 'reader');
    if (row.scope === 'read') expect([200, 404]).toContain(status);
    else expect(status).toBe(403);
  });

  it('keeps figures of all customers from a customer', async () => {
    expect((await http.request('GET', '/metrics', { as: other })).status).toBe(403);
  });
});

import { createHost, memoryDriver, memoryEngine, memoryStore, systemClock, systemRandom } from '@moorage/core';
import { MoorageError } from '@moorage/protocol';
import { describe, expect, it } from 'vitest';
import { createHttp } from '../src/index.js';
import { type MemoryHttp, manifest, memoryHttp } from './support/memory-http.js';

const short = { agent_id: 'agent.short', customer_id: 'c', image: 'short:1', env: { A: '1' } };
const whole = (changes?: Record<string, unknown>) => ({ customer_id: 'c', manifest: manifest('agent.whole', changes) });

const create = (http: MemoryHttp, body: unknown, headers: Record<string, string> = {}) =>
  http.request('POST', '/v1/containers', { body, headers });

const ready = async (http: MemoryHttp, id: unknown) => (await http.host.get(String(id))).ready();

describe('create_container', () => {
  it('answers 201 once it is healthy, and 200 for the same again', async () => {
    await using http = await memoryHttp();
    const first = await create(http, short);
    expect(first.status).toBe(201);
    expect(first.body.data).toMatchObject({ created: true, health: 'healthy', image: 'short:1', customer_id: 'c' });
    expect(first.headers.get('location')).toBe(`/v1/containers/${first.body.data?.container_id}`);
    const again = await create(http, short);
    expect(again.status).toBe(200);
    expect(again.body.data).toMatchObject({ created: false, container_id: first.body.data?.container_id });
    expect((await http.host.list()).items).toHaveLength(1);
  });

  it('makes one deployment of many at once', async () => {
    await using http = await memoryHttp();
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(http, whole())));
    expect(new Set(answers.map(({ body }) => body.data?.container_id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
  });

  it.each([
    ['wait_ms', { wait_ms: 0 }, {}],
    ['Prefer', {}, { prefer: 'respond-async' }],
  ])('does not wait when %s says so', async (_name, params, headers) => {
    await using http = await memoryHttp();
    const answer = await create(http, { ...short, ...params }, headers);
    expect(answer.status).toBe(202);
    expect(answer.body.data).toMatchObject({ created: true, status: 'running' });
    await ready(http, answer.body.data?.container_id);
    const later = await http.request('GET', answer.headers.get('location') ?? '');
    expect(later.body.data).toMatchObject({ phase: 'ready', health: 'healthy' });
  });

  it('refuses another version and names the way out', async () => {
    await using http = await memoryHttp();
    const first = await create(http, short);
    const id = String(first.body.data?.container_id);
    const other = await create(http, { ...short, image: 'short:2' });
    expect(other.status).toBe(409);
    expect(other.body.error).toMatchObject({
      code: 'already_exists',
      message: expect.stringContaining(`PUT /v1/containers/${id}`),
    });
    const put = await http.request('PUT', `/v1/containers/${id}`, { body: { image: 'short:2' } });
    expect([put.status, put.body.data?.image, put.body.data?.phase]).toEqual([200, 'short:2', 'ready']);
    expect((await create(http, { ...short, image: 'short:2' })).status).toBe(200);
  });

  it('tells the warnings of a manifest', async () => {
    await using http = await memoryHttp();
    const body = whole();
    const odd = { ...body.manifest, ethics: { hard_constraints: ['be_nice'] } };
    const answer = await create(http, { ...body, manifest: odd });
    expect(answer.body.data?.warnings).toEqual([expect.stringContaining('be_nice')]);
  });

  it('adds the operator’s variables, also on update', async () => {
    const variable = { name: 'MOORAGE_USAGE_TOKEN', value: 'sealed-value', secret: true };
    await using http = await memoryHttp({ agentEnv: ({ tenant }) => [{ ...variable, value: `for-${tenant}` }] });
    const first = await create(http, short);
    const id = String(first.body.data?.container_id);
    await http.request('PUT', `/v1/containers/${id}`, { body: { image: 'short:2' } });
    const { record } = await (await http.host.get(id)).view();
    expect(record.desired.template.env.map((entry) => entry.name)).toEqual(['A', 'MOORAGE_USAGE_TOKEN']);
    expect(JSON.stringify(await http.request('GET', '/v1/containers'))).not.toContain('for-c');
    expect((await create(http, { ...short, image: 'short:2' })).status).toBe(200);
  });

  it('keeps what did not become healthy for inspection, and says which it is', async () => {
    const driver = memoryDriver({ clock: systemClock, random: systemRandom });
    const createError = new MoorageError('invalid_argument', 'There is no image "broken:1"');
    driver.engine.behave('broken:1', { createError });
    await using http = await memoryHttp({}, { driver });
    const answer = await create(http, { ...short, image: 'broken:1' });
    expect(answer.body.error?.code).toBe('unavailable');
    const id = answer.body.error?.context?.container_id;
    const found = await http.request('GET', `/v1/containers/${id}`);
    expect(found.body.data).toMatchObject({ container_id: id, status: 'error', phase: 'failed' });
  });
});

describe('Idempotency-Key', () => {
  it('gives the same container for the same request, and refuses another', async () => {
    await using http = await memoryHttp();
    const headers = { 'idempotency-key': 'order-1' };
    const first = await create(http, short, headers);
    const again = await create(http, short, headers);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.data?.container_id).toBe(first.body.data?.container_id);
    const other = await create(http, { ...short, image: 'short:2' }, headers);
    expect([other.status, other.body.error?.code]).toEqual([409, 'conflict']);
    const ofAnother = await create(http, { ...short, customer_id: 'd' }, headers);
    expect(ofAnother.status).toBe(201);
  });

  it('is honoured across a restart of the host', async () => {
    const store = memoryStore({ clock: systemClock, random: systemRandom });
    const kept = { ...store, close: async () => {} };
    const headers = {
      'idempotency-key': 'order-2',
      'content-type': 'application/json',
      authorization: 'Bearer a-token-of-this-test',
    };
    const engine = memoryEngine({ clock: systemClock, random: systemRandom });
    const send = async () => {
      await using host = await createHost({ store: kept, driver: memoryDriver({ engine }), hostId: 'h-1' });
      const http = createHttp(host, { token: 'a-token-of-this-test' });
      const request = new Request('http://localhost/v1/containers', {
        method: 'POST',
        headers,
        body: JSON.stringify(short),
      });
      const answer = await http.fetch(request);
      return { status: answer.status, body: (await answer.json()) as { data: { container_id: string } } };
    };
    const first = await send();
    const again = await send();
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.data.container_id).toBe(first.body.data.container_id);
  });
});

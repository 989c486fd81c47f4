import { describe, expect, it } from 'vitest';
import { eventStream, failure, fakeHost, success } from '../test/fake-host.js';
import { actionNames } from './actions.js';
import { createClient } from './client.js';

const url = 'http://host.example/base/';
const record = {
  container_id: 'd-1',
  agent_id: 'a.b',
  customer_id: 'c',
  name: 'a.b',
  image: null,
  address: 'http://127.0.0.1:42000',
  health_url: 'http://127.0.0.1:42000/health',
  status: 'running',
  phase: 'ready',
  reason: 'as asked',
  health: 'healthy',
  cpu_usage: 'unsupported',
  memory_usage: 12.5,
  disk_usage: null,
  load: 0,
  uptime: 3,
  replicas: 1,
  ready_instances: 1,
  created_at: '2026-01-31T12:00:00.000Z',
  updated_at: '2026-01-31T12:00:00.000Z',
} as const;

describe('a call', { timeout: 60_000 }, () => {
  it('goes to its REST route with token, key and body, and gives the checked result', async () => {
    const host = fakeHost(() => success({ ...record, created: true, warnings: [], later: 'field' }, 201));
    const client = createClient({ url, token: 'secret', fetch: host.fetch });
    const result = await client.createContainer(
      { agent_id: 'a.b', customer_id: 'c', image: 'x:1' },
      { idempotencyKey: 'key-1' },
    );
    expect(result).toEqual({ ...record, created: true, warnings: [] });
    const [request] = host.received;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/base/v1/containers',
      body: { agent_id: 'a.b', customer_id: 'c', image: 'x:1' },
    });
    expect(request?.headers.get('authorization')).toBe('Bearer secret');
    expect(request?.headers.get('idempotency-key')).toBe('key-1');
  });

  it('puts ids into the path and the rest into the query', async () => {
    const host = fakeHost(() => success({ container_id: 'd/1', logs: [] }));
    const client = createClient({ url, fetch: host.fetch, token: async () => 'fresh' });
    await client.call('get_logs', { container_id: 'd/1', tail: 5 });
    expect(host.received[0]).toMatchObject({ method: 'GET', path: '/base/v1/containers/d%2F1/logs?tail=5' });
    expect(host.received[0]?.headers.get('authorization')).toBe('Bearer fresh');
  });

  it('goes in an envelope where the route lacks its id', async () => {
    const host = fakeHost(() => Response.json({ id: 1, result: record }));
    const client = createClient({ url, fetch: host.fetch, customerId: 'c' });
    expect(await client.stopContainer({ agent_id: 'a.b' })).toEqual(record);
    expect(host.received[0]).toMatchObject({
      path: '/base/v1/actions',
      body: { id: 1, action: 'stop_container', params: { agent_id: 'a.b', customer_id: 'c' } },
    });
  });

  it('fills its own customer in, and lets params overrule it', async () => {
    const host = fakeHost(() => success({ containers: [], next: null }));
    const client = createClient({ url, fetch: host.fetch, customerId: 'mine' });
    await client.listContainers({});
    await client.listContainers({ customer_id: 'other' });
    expect(host.received.map(({ path }) => path)).toEqual([
      '/base/v1/containers?customer_id=mine',
      '/base/v1/containers?customer_id=other',
    ]);
  });

  it('has one method for each action', () => {
    const client = createClient({ url });
    const methods = actionNames.map((name) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()));
    expect(
      methods.filter((name) => typeof (client as unknown as Record<string, unknown>)[name] !== 'function'),
    ).toEqual([]);
  });
});

describe('a failed call', { timeout: 60_000 }, () => {
  it.each([
    [failure(404, 'not_found', 'No such container'), { code: 'not_found', message: 'No such container' }],
    [
      Response.json({ id: 1, error: { code: 'conflict', message: 'x', retryable: true } }, { status: 409 }),
      { code: 'conflict', retryable: true },
    ],
    [new Response('<html>Bad gateway</html>', { status: 502 }), { code: 'unavailable', context: { status: 502 } }],
    [new Response('<html>Welcome</html>'), { code: 'internal', message: expect.stringContaining('Check the url') }],
    [success({ unlike: 'a record' }), { code: 'internal', message: expect.stringContaining('another version') }],
  ])('throws the host’s error, or one that says what came instead', async (response, expected) => {
    const client = createClient({ url, fetch: fakeHost(() => response.clone()).fetch });
    await expect(client.getContainer({ container_id: 'd-1' })).rejects.toMatchObject(expected);
  });

  it('is unavailable, with the reason, when nothing answers', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
    await expect(createClient({ url, fetch }).listContainers({})).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringContaining('connect ECONNREFUSED'),
    });
  });

  it('is cancelled or timed out, as the signal says', async () => {
    const never = fakeHost(
      (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const client = createClient({ url, fetch: never.fetch });
    const controller = new AbortController();
    const call = client.listContainers({}, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    await expect(client.listContainers({}, { signal: AbortSignal.timeout(1) })).rejects.toMatchObject({
      code: 'timeout',
    });
  });

  it('is refused before anything is sent when the input is bad', async () => {
    const host = fakeHost(() => success({}));
    const client = createClient({ url, fetch: host.fetch });
    await expect(client.getContainer({})).rejects.toMatchObject({
      code: 'invalid_argument',
      context: { field: 'container_id' },
    });
    await expect(client.getLogs({ container_id: 'd', follow: true })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    const key = { idempotencyKey: 'ü' };
    await expect(client.createContainer({ agent_id: 'a', customer_id: 'c' }, key)).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    await expect(createClient({ url: 'localhost:3000', fetch: host.fetch }).listContainers({})).rejects.toThrow(
      'http://127.0.0.1:3000',
    );
    expect(host.received).toEqual([]);
  });
});

describe('followLogs', { timeout: 60_000 }, () => {
  const line = (text: string) => ({ instance_id: 'i', stream: 'stdout', at: null, text });
  const log = (text: string) => `event: log\ndata: ${JSON.stringify(line(text))}\n\n`;

  it('gives the lines as they come, until the container ends them', async () => {
    const host = fakeHost((_, signal) => eventStream(`: hi\n\n${log('one')}${log('two ü')}`, signal));
    const lines: string[] = [];
    const client = createClient({ url, fetch: host.fetch });
    for await (const { text } of client.followLogs({ container_id: 'd-1', tail: 2 })) lines.push(text);
    expect(lines).toEqual(['one', 'two ü']);
    expect(host.received[0]?.path).toBe('/base/v1/containers/d-1/logs?tail=2&follow=true');
  });

  it('ends without an error when the caller has enough', async () => {
    const host = fakeHost((_, signal) => eventStream(log('one'), signal, true));
    const enough = new AbortController();
    const lines: string[] = [];
    for await (const { text } of createClient({ url, fetch: host.fetch }).followLogs(
      { container_id: 'd' },
      { signal: enough.signal },
    )) {
      lines.push(text);
      enough.abort();
    }
    expect(lines).toEqual(['one']);
  });

  it('throws what the host sends as an error', async () => {
    const error = { code: 'unavailable', message: 'engine is gone', retryable: true };
    const host = fakeHost((_, signal) => eventStream(`event: error\ndata: ${JSON.stringify(error)}\n\n`, signal));
    const lines = createClient({ url, fetch: host.fetch }).followLogs({ container_id: 'd' });
    await expect(lines[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'unavailable',
      message: 'engine is gone',
    });
  });
});

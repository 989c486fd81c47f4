import { describe, expect, it } from 'vitest';
import { failure, fakeHost, success } from '../../test/fake-host.js';
import { createUsageReporter } from './usage-reporter.js';

interface Batch {
  readonly events: readonly { readonly id: string; readonly action: string }[];
}

function setUp(host: ReturnType<typeof fakeHost>, url = 'http://host.example') {
  const lines: string[] = [];
  const reporter = createUsageReporter({
    url,
    token: 'usage-token',
    agentId: 'agent.a',
    customerId: 'c',
    fetch: host.fetch,
    log: (line) => lines.push(line),
    gatherMs: 1,
    firstPauseMs: 1,
  });
  const batches = () => host.received.map(({ body }) => (body as Batch).events.map(({ action }) => action));
  return { reporter, lines, batches };
}

const accepted = () => success({ accepted: 1 }, 202);

describe('createUsageReporter', { timeout: 60_000 }, () => {
  it('sends what gathered, with token, customer and an id for each event', async () => {
    const host = fakeHost(accepted);
    const { reporter } = setUp(host);
    reporter.track('calculate', 1.5);
    reporter.track('translate', 20);
    await expect.poll(() => host.received.length, { timeout: 20_000 }).toBe(1);
    const request = host.received[0];
    expect(request?.path).toBe('/v1/usage');
    expect(request?.headers.get('authorization')).toBe('Bearer usage-token');
    const events = (request?.body as Batch | undefined)?.events ?? [];
    expect(events).toMatchObject([
      { agent_id: 'agent.a', customer_id: 'c', action: 'calculate', duration: 1.5 },
      { agent_id: 'agent.a', customer_id: 'c', action: 'translate', duration: 20 },
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    await reporter.close(1_000);
  });

  it('sends again what was not accepted, under the same ids', async () => {
    const host = fakeHost(
      () => Promise.reject(new TypeError('fetch failed')),
      () => failure(503, 'unavailable'),
      () => failure(429, 'resource_exhausted'),
      accepted,
    );
    const { reporter, lines } = setUp(host);
    reporter.track('calculate', 1);
    await expect.poll(() => host.received.length, { timeout: 20_000 }).toBe(4);
    const ids = host.received.map(({ body }) => (body as Batch).events.map(({ id }) => id).join());
    expect(new Set(ids).size).toBe(1);
    await reporter.close(1_000);
    expect(host.received).toHaveLength(4);
    expect(lines).toEqual([]);
  });

  it('gives up what is refused, says so, and goes on', async () => {
    const host = fakeHost(() => failure(400, 'invalid_argument'), accepted);
    const { reporter, lines, batches } = setUp(host);
    reporter.track('bad', 1);
    await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(1);
    reporter.track('good', 1);
    await expect.poll(batches, { timeout: 20_000 }).toEqual([['bad'], ['good']]);
    expect(lines[0]).toContain('1 usage events were refused and are given up: 400');
    await reporter.close(1_000);
  });

  it('sends at most 100 at once, and the rest when it is closed', async () => {
    const host = fakeHost(accepted);
    const { reporter, batches } = setUp(host);
    for (let index = 0; index < 250; index += 1) reporter.track('x', 1);
    await reporter.close(20_000);
    expect(batches().map((batch) => batch.length)).toEqual([100, 100, 50]);
  });

  it('keeps no more than 10 000 events for a host that does not answer', async () => {
    const host = fakeHost(() => Promise.reject(new TypeError('fetch failed')));
    const { reporter, lines } = setUp(host);
    for (let index = 0; index < 10_002; index += 1) reporter.track('x', 1);
    await reporter.close(1_000);
    expect(lines).toEqual([
      '10000 usage events wait for an answer already: the oldest ones are given up',
      '10000 usage events could not be sent and are given up',
    ]);
  });

  it('gives up at the time that close sets, also while a request hangs', async () => {
    const host = fakeHost(() => new Promise<Response>(() => {}));
    const { reporter, lines } = setUp(host);
    reporter.track('x', 1);
    await expect.poll(() => host.received.length, { timeout: 20_000 }).toBe(1);
    await reporter.close(5);
    expect(host.received).toHaveLength(1);
    expect(lines).toHaveLength(1);
  });

  it('takes a full address as it is', async () => {
    const host = fakeHost(accepted);
    const { reporter } = setUp(host, 'http://host.example/prefix/v1/usage?x=1');
    reporter.track('x', 1);
    await reporter.close(20_000);
    expect(host.received[0]?.path).toBe('/prefix/v1/usage?x=1');
  });
});

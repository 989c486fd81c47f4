import { describe, expect, it } from 'vitest';
import { eventStream, failure, fakeHost } from '../test/fake-host.js';
import { createClient } from './client.js';
import type { EventStreamOptions } from './client-events.js';

const url = 'http://host.example';
const backOff = { firstMs: 1, longestMs: 4 };

const event = (id: string) => {
  const data = {
    id,
    type: 'deployment-ready',
    container_id: 'd-1',
    agent_id: 'a',
    customer_id: 'c',
    message: 'ready',
    data: {},
    created_at: '2026-01-31T12:00:00.000Z',
  };
  return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
};

/** Reads so many events, then leaves. */
async function take(
  host: ReturnType<typeof fakeHost>,
  count: number,
  options: EventStreamOptions = {},
): Promise<string[]> {
  const ids: string[] = [];
  const client = createClient({ url, fetch: host.fetch });
  for await (const { id } of client.events({ backOff, ...options })) {
    ids.push(id);
    if (ids.length === count) break;
  }
  return ids;
}

const resumedAfter = (host: ReturnType<typeof fakeHost>) =>
  host.received.map(({ headers }) => headers.get('last-event-id'));

describe('events', { timeout: 60_000 }, () => {
  it('resume after the last one seen, whatever ends the connection', async () => {
    const host = fakeHost(
      (_, signal) => eventStream(`${event('1')}${event('2')}id: 3\ndata: cut o`, signal),
      () => failure(503, 'unavailable', 'starting', true),
      () => Promise.reject(new TypeError('fetch failed')),
      () => failure(429, 'resource_exhausted'),
      (_, signal) => eventStream(event('3') + event('4'), signal),
    );
    expect(await take(host, 4, { after: '0' })).toEqual(['1', '2', '3', '4']);
    expect(resumedAfter(host)).toEqual(['0', '2', '2', '2', '2']);
  });

  it('end with what there is, or with an error, when only that is asked for', async () => {
    const host = fakeHost(
      () => new Response(event('1') + event('2'), { headers: { 'content-type': 'text/event-stream' } }),
      () => Promise.reject(new TypeError('fetch failed')),
    );
    expect(await take(host, 9, { after: 'start', once: true })).toEqual(['1', '2']);
    expect(host.received[0]?.path).toContain('once=true');
    await expect(take(host, 9, { after: 'start', once: true })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('go on elsewhere when the host ends', async () => {
    const end = JSON.stringify({ code: 'cancelled', message: 'The host closes', retryable: false });
    const host = fakeHost(
      (_, signal) => eventStream(`${event('1')}event: error\ndata: ${end}\n\n`, signal),
      (_, signal) => eventStream(event('2'), signal),
    );
    expect(await take(host, 2)).toEqual(['1', '2']);
    expect(resumedAfter(host)).toEqual([null, '1']);
  });

  it('take the cursor that the host tells before the first event', async () => {
    const host = fakeHost(
      (_, signal) => eventStream('id: now\n\n', signal),
      (_, signal) => eventStream(event('5'), signal),
    );
    expect(await take(host, 1)).toEqual(['5']);
    expect(resumedAfter(host)).toEqual([null, 'now']);
  });

  it('connect anew when a stream falls silent', async () => {
    const host = fakeHost(({ headers }, signal) => {
      const after = headers.get('last-event-id');
      return after === null ? eventStream(event('1'), signal, true) : eventStream(event('2'), signal);
    });
    expect(await take(host, 2, { silenceMs: 100 })).toEqual(['1', '2']);
    expect(resumedAfter(host).at(-1)).toBe('1');
  });

  it('are of one customer or container when asked', async () => {
    const host = fakeHost((_, signal) => eventStream(event('1'), signal));
    await take(host, 1, { customerId: 'c d', containerId: 'd-1' });
    expect(host.received[0]?.path).toBe('/v1/events?customer_id=c+d&container_id=d-1');
  });

  it.each([
    [401, 'unauthenticated'],
    [403, 'permission_denied'],
    [404, 'not_found'],
  ])('throw on %i, which waiting does not cure', async (status, code) => {
    await expect(
      take(
        fakeHost(() => failure(status, code)),
        1,
      ),
    ).rejects.toMatchObject({ code });
  });

  it('throw on an event that is none', async () => {
    const host = fakeHost((_, signal) => eventStream('data: {"id": 5}\n\n', signal));
    await expect(take(host, 1)).rejects.toMatchObject({ code: 'internal' });
  });

  it('end without an error on abort: while waiting, while pausing, and before the start', async () => {
    const open = fakeHost((_, signal) => eventStream(event('1'), signal, true));
    const waiting = new AbortController();
    const seen: string[] = [];
    for await (const { id } of createClient({ url, fetch: open.fetch }).events({ signal: waiting.signal })) {
      seen.push(id);
      setTimeout(() => waiting.abort(), 1);
    }
    expect(seen).toEqual(['1']);

    const pausing = new AbortController();
    const broken = fakeHost(() => {
      setTimeout(() => pausing.abort(), 1);
      return failure(503, 'unavailable', 'x', true);
    });
    const forever = { firstMs: 1_000_000, longestMs: 1_000_000 };
    expect(await take(broken, 1, { signal: pausing.signal, backOff: forever })).toEqual([]);
    expect(await take(broken, 1, { signal: AbortSignal.abort() })).toEqual([]);
    expect(broken.received).toHaveLength(1);
  });

  it('close the connection when the reader leaves', async () => {
    let closed = false;
    const host = fakeHost((_, signal) => {
      signal.addEventListener('abort', () => {
        closed = true;
      });
      return eventStream(event('1'), signal, true);
    });
    await take(host, 1);
    expect(closed).toBe(true);
  });
});

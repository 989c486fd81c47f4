import { type EventRecord, eventRecordSchema, readServerSentEvents } from '@moorage/protocol';
import { describe, expect, it } from 'vitest';
import { type MemoryHttp, manifest, memoryHttp } from './support/memory-http.js';

interface Reading {
  readonly events: AsyncIterator<EventRecord>;
  leave(): void;
}

async function open(http: MemoryHttp, query = '', headers: Record<string, string> = {}): Promise<Reading> {
  const gone = new AbortController();
  const answer = await http.http.fetch(
    new Request(`http://localhost/v1/events${query}`, {
      headers: { authorization: 'Bearer operator', ...headers },
      signal: gone.signal,
    }),
  );
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  const { body } = answer;
  async function* records() {
    for await (const event of readServerSentEvents(body as ReadableStream<Uint8Array>)) {
      const record = eventRecordSchema.parse(JSON.parse(event.data));
      expect(event.id).toBe(record.id);
      yield record;
    }
  }
  return { events: records(), leave: () => gone.abort() };
}

async function take(reading: Reading, count: number): Promise<EventRecord[]> {
  const taken: EventRecord[] = [];
  while (taken.length < count) {
    const step = await reading.events.next();
    if (step.done) break;
    taken.push(step.value);
  }
  return taken;
}

/** Everything that was ever told, in order, as the host itself has it. */
async function all(http: MemoryHttp): Promise<string[]> {
  const cursors: string[] = [];
  for await (const event of http.host.events({ after: 'start', once: true })) cursors.push(event.cursor);
  return cursors;
}

describe('GET /v1/events', () => {
  it('ends after the last event that there is when it is asked for those only', async () => {
    await using http = await memoryHttp();
    await http.deploy('c');
    const { events } = await open(http, '?after=start&once=true');
    const cursors: string[] = [];
    for (let step = await events.next(); !step.done; step = await events.next()) cursors.push(step.value.id);
    const known = await all(http);
    expect(known.slice(0, cursors.length)).toEqual(cursors);
    expect(cursors.length).toBeGreaterThan(0);
  });

  it('resumes without loss or doubles while things go on happening', async () => {
    await using http = await memoryHttp();
    let churning = true;
    const churn = (async () => {
      for (let round = 0; churning && round < 200; round += 1) {
        const handle = await http.host.deploy(manifest(`agent.churn-${round % 3}`), {
          tenant: 'c',
          name: `n-${round}`,
        });
        await handle.ready();
        await handle.remove();
      }
    })();
    const seen: string[] = [];
    for (let connection = 0; connection < 12; connection += 1) {
      // The first connection has the cursor in its address; as in a browser, the header counts when it comes back.
      const last = seen.at(-1);
      const reading = await open(http, '?after=start', last === undefined ? {} : { 'last-event-id': last });
      seen.push(...(await take(reading, 1 + (connection % 5) * 3)).map((event) => event.id));
      reading.leave();
    }
    churning = false;
    await churn;
    expect(seen).toEqual((await all(http)).slice(0, seen.length));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('tells of one container only when asked', async () => {
    await using http = await memoryHttp();
    const ids = [await http.deploy('c', 'agent.one'), await http.deploy('c', 'agent.two')];
    const reading = await open(http, `?after=start&container_id=${ids[1]}`);
    const events = await take(reading, 3);
    reading.leave();
    expect(new Set(events.map((event) => event.container_id))).toEqual(new Set([ids[1]]));
  });

  it('shows a sign of life while nothing happens', async () => {
    await using http = await memoryHttp({ heartbeatMs: 5 });
    const gone = new AbortController();
    const answer = await http.http.fetch(
      new Request('http://localhost/v1/events', {
        headers: { authorization: 'Bearer operator' },
        signal: gone.signal,
      }),
    );
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.split(': heartbeat\n\n').length > 3) break;
    }
    gone.abort();
    expect(text).toContain(': heartbeat\n\n: heartbeat\n\n');
  });

  it('ends when the API is closed, so that a server can', async () => {
    await using http = await memoryHttp();
    await http.deploy('c');
    const reading = await open(http, '?after=start');
    await take(reading, 1);
    http.http.close();
    const rest = await take(reading, Number.POSITIVE_INFINITY);
    expect(rest.length).toBeGreaterThanOrEqual(0);
    expect((await reading.events.next()).done).toBe(true);
  });
});

describe('GET …/logs?follow', () => {
  it('streams lines until the caller leaves', async () => {
    await using http = await memoryHttp();
    const id = await http.deploy('c');
    const gone = new AbortController();
    const answer = await http.http.fetch(
      new Request(`http://localhost/v1/containers/${id}/logs?follow=true&tail=10`, {
        headers: { authorization: 'Bearer operator' },
        signal: gone.signal,
      }),
    );
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const reader = answer.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain(': connected');
    gone.abort();
    await reader?.cancel();
  });
});

import { MoorageError, toWireError } from '@moorage/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sseFrame, sseStream } from './sse-stream.js';

async function* counted(upTo: number, log: string[] = []) {
  try {
    for (let number = 1; number <= upTo; number += 1) {
      log.push(`made ${number}`);
      yield number;
    }
  } finally {
    log.push('returned');
  }
}

const frame = (item: number) => sseFrame({ id: String(item), event: 'tick', data: JSON.stringify({ item }) });
const text = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

describe('sseFrame', () => {
  it('keeps line breaks of any kind inside the data', () => {
    expect(sseFrame({ data: 'a\nb\r\nc\rd' })).toBe('data: a\ndata: b\ndata: c\ndata: d\n\n');
  });

  it('is one frame whatever the data is', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), (data) => {
      const lines = sseFrame({ id: '1', data }).split('\n');
      expect(lines[0]).toBe('id: 1');
      expect(lines.slice(-2)).toEqual(['', '']);
      expect(lines.slice(1, -2).every((line) => line.startsWith('data: '))).toBe(true);
    });
    fc.assert(property, { seed: 7, numRuns: 300 });
  });
});

describe('sseStream', () => {
  it('sends every item once, in order, then ends', async () => {
    let stops = 0;
    const body = await text(sseStream({ items: counted(3), frame, stop: () => (stops += 1) }));
    expect([...body.matchAll(/^id: (.+)$/gm)].map((match) => match[1])).toEqual(['1', '2', '3']);
    expect(body.startsWith('retry: 1000\n: connected\n\n')).toBe(true);
    expect(stops).toBe(1);
  });

  it('reads nothing before it is read, and lets go when the reader does', async () => {
    const log: string[] = [];
    const stream = sseStream({ items: counted(100, log), frame, stop: () => log.push('stopped') });
    expect(log).toEqual([]);
    const reader = stream.getReader();
    await reader.read();
    await reader.read();
    expect(log).toEqual(['made 1']);
    await reader.cancel();
    expect(log).toContain('stopped');
    expect(log).toContain('returned');
    expect(log).not.toContain('made 3');
  });

  it('beats while the source is silent, and loses nothing', async () => {
    let release = () => {};
    const silence = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* slow() {
      await silence;
      yield 1;
    }
    const reader = sseStream({ items: slow(), frame, stop: () => {}, heartbeatMs: 1 }).getReader();
    const decoder = new TextDecoder();
    const read = async () => decoder.decode((await reader.read()).value);
    await read();
    expect(await read()).toBe(': heartbeat\n\n');
    expect(await read()).toBe(': heartbeat\n\n');
    release();
    let seen = await read();
    while (seen.startsWith(':')) seen = await read();
    expect(seen).toBe(frame(1));
  });

  it.each([new MoorageError('unavailable', 'The store is away'), new Error('password is hunter2')])(
    'tells %s as a last frame, in the form of the wire',
    async (thrown) => {
      async function* failing(): AsyncGenerator<number> {
        yield 1;
        throw thrown;
      }
      const body = await text(sseStream({ items: failing(), frame, stop: () => {} }));
      expect(body).toContain('id: 1\n');
      expect(body.endsWith(sseFrame({ event: 'error', data: JSON.stringify(toWireError(thrown)) }))).toBe(true);
      expect(body).not.toContain('hunter2');
    },
  );
});

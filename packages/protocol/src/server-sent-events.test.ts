import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.js';

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    yield bytes.slice(from, to);
    from = to;
  }
}

async function read(text: string, cuts: readonly number[] = []) {
  const events: ServerSentEvent[] = [];
  const ids: string[] = [];
  const chunks = pieces(new TextEncoder().encode(text), cuts);
  for await (const event of readServerSentEvents(chunks, (id) => ids.push(id))) events.push(event);
  return { events, ids };
}

describe('readServerSentEvents', { timeout: 60_000 }, () => {
  it('reads ids, names and data of several lines, and skips comments', async () => {
    const { events } = await read(': hello\nid: 1\nevent: log\ndata: a\ndata:b\n\n: heartbeat\n\ndata\n\n');
    expect(events).toEqual([
      { id: '1', event: 'log', data: 'a\nb' },
      { id: '1', event: 'message', data: '' },
    ]);
  });

  it('tells an id that comes without data', async () => {
    expect(await read('id: cursor-9\n\n')).toEqual({ events: [], ids: ['cursor-9'] });
  });

  it('drops what the end cuts off', async () => {
    expect((await read('data: whole\n\ndata: half\n')).events).toEqual([
      { id: undefined, event: 'message', data: 'whole' },
    ]);
  });

  it('reads the same, wherever the chunks are cut and whatever ends the lines', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !/[\r\n\0\ufeff]/.test(text));
    const event = fc.record({
      id: line.filter((text) => text !== ''),
      data: fc.array(line, { minLength: 1, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 5 }),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(500), { maxLength: 12 }),
        async (sent, end, cuts) => {
          const text = sent
            .map(({ id, data }) => [`id: ${id}`, ...data.map((each) => `data: ${each}`), '', ''].join(end))
            .join('');
          const { events } = await read(text, cuts);
          expect(events).toEqual(sent.map(({ id, data }) => ({ id, event: 'message', data: data.join('\n') })));
        },
      ),
      { seed: 13, numRuns: 300 },
    );
  });

  it('reads lone carriage returns as ends of lines', async () => {
    expect((await read('data: a\rdata: b\r\rdata: c\r\r:')).events.map(({ data }) => data)).toEqual(['a\nb', 'c']);
  });
});

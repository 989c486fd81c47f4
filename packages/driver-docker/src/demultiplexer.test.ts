import { Readable } from 'node:stream';
import type { LogLine } from '@moorage/core/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demultiplexer, type LogPiece } from './demultiplexer.js';
import { logLineAssembler, maxLineLength } from './log-line-assembler.js';

const stamp = '2024-05-06T07:08:09.123456789Z ';

function frame(stream: 1 | 2, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** One frame as the engine writes it: its timestamp, then bytes. */
const stamped = (stream: 1 | 2, bytes: Buffer) => frame(stream, Buffer.concat([Buffer.from(stamp), bytes]));

async function linesOf(chunks: readonly Buffer[]): Promise<LogLine[]> {
  const assembler = logLineAssembler('i');
  const lines: LogLine[] = [];
  for await (const piece of Readable.from(chunks).pipe(demultiplexer()) as AsyncIterable<LogPiece>) {
    lines.push(...assembler.push(piece));
  }
  return [...lines, ...assembler.end()];
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

const lineText = fc.string({ unit: fc.constantFrom('a', ' ', 'ü', '€', '😀', '\t'), maxLength: 12 });
const logEntry = fc.record({
  stream: fc.constantFrom(1 as const, 2 as const),
  text: lineText,
  /** Where the engine cuts the line into frames, maybe inside a character. */
  frames: fc.array(fc.nat(40), { maxLength: 3 }),
});

describe('demultiplexer and log lines', () => {
  it('give the same lines however frames and chunks are cut', async () => {
    const property = fc.asyncProperty(
      fc.array(logEntry, { maxLength: 12 }),
      fc.array(fc.nat(2000), { maxLength: 40 }),
      async (entries, cuts) => {
        const frames = entries.flatMap(({ stream, text, frames: places }) =>
          cut(Buffer.from(`${text}\n`), places).map((bytes) => stamped(stream, bytes)),
        );
        const lines = await linesOf(cut(Buffer.concat(frames), cuts));
        expect(lines.map(({ stream, text }) => ({ stream, text }))).toEqual(
          entries.map(({ stream, text }) => ({ stream: stream === 1 ? 'stdout' : 'stderr', text })),
        );
        expect(lines.every(({ at }) => at === Date.parse(stamp.trim()))).toBe(true);
      },
    );
    await fc.assert(property, { seed: 20_240_506, numRuns: 300 });
  });

  it('keep interleaved streams apart', async () => {
    const frames = [
      stamped(1, Buffer.from('to ')),
      stamped(2, Buffer.from('wrong\n')),
      stamped(1, Buffer.from('be continued\n')),
    ];
    expect((await linesOf(frames)).map(({ stream, text }) => `${stream}: ${text}`)).toEqual([
      'stderr: wrong',
      'stdout: to be continued',
    ]);
  });

  it('hand on a last line without a newline, and one that is too long in parts', async () => {
    const long = '😀'.repeat(maxLineLength);
    const texts = (await linesOf([stamped(1, Buffer.from(long)), stamped(2, Buffer.from('end'))])).map(
      ({ text }) => text,
    );
    expect(texts.at(-1)).toBe('end');
    expect(texts.slice(0, -1).join('')).toBe(long);
    expect(texts.every((text) => text.length <= maxLineLength)).toBe(true);
  });

  it('read a chunk of frames with a single byte each', async () => {
    const frames = Array.from({ length: 20_000 }, () => stamped(1, Buffer.from('x')));
    const lines = await linesOf([Buffer.concat([...frames, stamped(1, Buffer.from('\n'))])]);
    expect(lines.map(({ text }) => text.length)).toEqual([20_000]);
  });

  it('keep the bytes of a frame without a timestamp', async () => {
    const texts = (
      await linesOf([frame(1, Buffer.from('no stamp here\n')), frame(2, Buffer.from(`${'-'.repeat(100)}\n`))])
    ).map(({ text }) => text);
    expect(texts).toEqual(['no stamp here', '-'.repeat(100)]);
  });

  it('end with what the engine says when it cannot go on', async () => {
    const complaint = Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, 0, 9]), Buffer.from('log broke')]);
    const chunks = cut(Buffer.concat([stamped(1, Buffer.from('x\n')), complaint]), [50, 52]);
    await expect(linesOf(chunks)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('"log broke"'),
    });
  });

  it('refuse a stream that is not multiplexed', async () => {
    await expect(linesOf([Buffer.from('plain text of a terminal')])).rejects.toMatchObject({ code: 'internal' });
  });

  it('hold the source back while nobody reads', () => {
    const stream = demultiplexer();
    const full = Array.from({ length: 64 }, () => stream.write(stamped(1, Buffer.alloc(4096, 97)))).includes(false);
    expect(full).toBe(true);
    expect(stream.readableLength).toBeLessThan(64);
    stream.destroy();
  });
});

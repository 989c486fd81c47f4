import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { splitLines } from './split-lines.js';

async function lines(...chunks: readonly Buffer[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const line of splitLines(Readable.from(chunks))) found.push(line);
  return found;
}

describe('splitLines', () => {
  it('puts together what arrives in pieces, characters of several bytes too', async () => {
    const bytes = Buffer.from('één\n\nzwei 🚢\nthree');
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(await lines(bytes.subarray(0, at), bytes.subarray(at))).toEqual(['één', '', 'zwei 🚢', 'three']);
    }
    expect(await lines(...[...bytes].map((byte) => Buffer.of(byte)))).toEqual(['één', '', 'zwei 🚢', 'three']);
  });

  it('has no line after the last end', async () => {
    expect(await lines(Buffer.from('a\nb\n'))).toEqual(['a', 'b']);
    expect(await lines()).toEqual([]);
  });
});

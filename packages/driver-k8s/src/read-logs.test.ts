import { describe, expect, it } from 'vitest';
import { toLine } from './read-logs.js';

describe('toLine', () => {
  it('takes the time off', () => {
    expect(toLine('i', '2026-01-01T00:00:00.123456789Z two words ')).toEqual({
      instance: 'i',
      stream: 'stdout',
      at: Date.parse('2026-01-01T00:00:00.123Z'),
      text: 'two words ',
    });
    expect(toLine('i', '2026-01-01T00:00:00Z ').text).toBe('');
  });

  it('keeps what has no time, and cuts what is too long', () => {
    expect(toLine('i', 'no time here')).toMatchObject({ at: undefined, text: 'no time here' });
    const { text } = toLine('i', `2026-01-01T00:00:00Z ${'ü'.repeat(40_000)}`);
    expect(Buffer.byteLength(text)).toBe(65_536);
    expect(text).toBe('ü'.repeat(32_768));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKey, cleanText, isKey, maxKeyBytes } from './stored-text.js';

describe('keys', () => {
  it('are any well-formed text up to the limit in bytes', () => {
    for (const good of ['a', ' ', '日本語 🚢', 'x'.repeat(maxKeyBytes), '🚢'.repeat(maxKeyBytes / 4)]) {
      expect(isKey(good)).toBe(true);
      expect(() => checkKey('name', good)).not.toThrow();
    }
  });

  it.each(['', 'x'.repeat(maxKeyBytes + 1), '🚢'.repeat(maxKeyBytes / 4 + 1), 'a\0b', '\ud83d', 'a\udea2b'])(
    'are not %j',
    (bad) => {
      expect(isKey(bad)).toBe(false);
      expect(() => checkKey('name', bad)).toThrow(
        expect.objectContaining({ code: 'invalid_argument', context: { field: 'name', limit: maxKeyBytes } }),
      );
    },
  );
});

it('cleans free text to what a database takes, and leaves good text alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (bad, good) => {
      const clean = cleanText(`${bad}\0`);
      expect(clean).not.toContain('\0');
      expect(Buffer.from(clean).toString()).toBe(clean);
      expect(cleanText(good.replaceAll('\0', ''))).toBe(good.replaceAll('\0', ''));
    }),
    { seed: 1, numRuns: 200 },
  );
  expect(cleanText('half \ud800 zero \0 whole 🚢')).toBe('half \ufffd zero \ufffd whole 🚢');
});

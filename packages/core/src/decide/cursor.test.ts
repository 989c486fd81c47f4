import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatCursor, parseCursor } from './cursor.js';

const kinds = fc.constantFrom('event', 'deployment', 'usage');

it('reads back what it wrote, as the same kind only', () => {
  fc.assert(
    fc.property(kinds, kinds, fc.nat(), (kind, other, position) => {
      const cursor = formatCursor(kind, position);
      expect(parseCursor(kind, cursor)).toBe(position);
      if (other !== kind) expect(() => parseCursor(other, cursor)).toThrow(/cursor/);
    }),
    { seed: 1, numRuns: 200 },
  );
});

it.each(['', 'e', '1', 'e-1', 'e1.0', 'e1e3', ' e1', 'e1 ', `e${'9'.repeat(16)}`, 'x'.repeat(10_000)])(
  'refuses %j with a short message',
  (text) => {
    expect(() => parseCursor('event', text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => parseCursor('event', text)).not.toThrow(/x{65}/);
  },
);

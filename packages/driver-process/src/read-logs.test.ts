import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toLine } from './read-logs.js';

it('reads every text as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(), fc.boolean(), (text, at, isError) => {
      const row = JSON.stringify({ t: at, s: isError ? 'e' : 'o', x: text });
      expect(row).not.toContain('\n');
      expect(toLine('moor-1', row)).toEqual({ instance: 'moor-1', stream: isError ? 'stderr' : 'stdout', at, text });
    }),
    { seed: 42, numRuns: 300 },
  );
});

it('leaves out a row that was cut short', () => {
  expect(toLine('moor-1', '{"t":1,"s":"o","x":"ha')).toBeUndefined();
  expect(toLine('moor-1', '')).toBeUndefined();
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pickPort } from './pick-port.js';

it('picks the lowest port of the range that is free', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), fc.uniqueArray(fc.nat(120)), (from, size, list) => {
      const taken = new Set(list);
      const port = pickPort({ from, to: from + size }, (candidate) => taken.has(candidate));
      const free = Array.from({ length: size + 1 }, (_, index) => from + index).filter((each) => !taken.has(each));
      expect(port).toBe(free[0]);
    }),
    { seed: 1, numRuns: 300 },
  );
});

it('finds nothing in an empty range', () => {
  expect(pickPort({ from: 10, to: 9 }, () => false)).toBeUndefined();
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shardCount } from '../model/shard-count.js';
import { shardOf } from './shard-of.js';

it('never changes: stored fences depend on it', () => {
  expect(['', 'a', 'd-aaaaaaaaaaaaaaaa', 'd-2345672345672345', '日本語'].map(shardOf)).toEqual([25, 32, 10, 21, 14]);
});

it('is a shard for every text, and the same each time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (id) => {
      const shard = shardOf(id);
      expect(Number.isInteger(shard) && shard >= 0 && shard < shardCount).toBe(true);
      expect(shardOf(id)).toBe(shard);
    }),
    { seed: 1, numRuns: 300 },
  );
});

it('spreads ids that differ in one place', () => {
  const counts = new Array<number>(shardCount).fill(0);
  for (let index = 0; index < 6_400; index += 1) {
    const shard = shardOf(`d-${index.toString(32).padStart(16, '0')}`);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(50);
  expect(Math.max(...counts)).toBeLessThan(170);
});

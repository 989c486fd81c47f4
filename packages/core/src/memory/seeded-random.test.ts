import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from './seeded-random.js';

describe('seededRandom', () => {
  it('repeats itself from the same seed, and differs from another', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (seed, other) => {
        const ids = (from: number): string => seededRandom(from).id(32);
        expect(ids(seed)).toBe(ids(seed));
        if (seed >>> 0 !== other >>> 0) expect(ids(seed)).not.toBe(ids(other));
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('gives numbers in [0, 1), spread evenly', () => {
    const random = seededRandom(42);
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 10_000; draw += 1) {
      const number = random.next();
      expect(number >= 0 && number < 1).toBe(true);
      buckets[Math.floor(number * 10)] = (buckets[Math.floor(number * 10)] ?? 0) + 1;
    }
    // A thousand each; the seed is fixed, so this is one outcome and not a chance.
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  it('makes ids of the base32 alphabet', () => {
    expect(seededRandom(7).id(16)).toMatch(/^[a-z2-7]{16}$/);
    expect(seededRandom(7).id(0)).toBe('');
  });
});

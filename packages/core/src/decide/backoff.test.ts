import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restartDelayMs } from './backoff.js';

const runs = { seed: 7, numRuns: 300 };

describe('restartDelayMs', () => {
  it('makes the first restart at once, then waits 1 s doubling to 5 minutes', () => {
    expect(restartDelayMs(0, 0.5)).toBe(0);
    expect(restartDelayMs(1, 0.5)).toBe(0);
    expect([2, 3, 4, 5].map((failures) => restartDelayMs(failures, 0.5))).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(restartDelayMs(11, 0.5)).toBe(300_000);
    expect(restartDelayMs(5_000, 0.5)).toBe(300_000);
  });

  it('spreads by a quarter to each side', () => {
    expect(restartDelayMs(2, 0)).toBe(750);
    expect(restartDelayMs(2, 0.999999)).toBe(1_250);
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10_000 }), unit, (failures, random01) => {
        const middle = restartDelayMs(failures, 0.5);
        const delay = restartDelayMs(failures, random01);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(middle * 0.75));
        expect(delay).toBeLessThanOrEqual(Math.ceil(middle * 1.25));
      }),
      runs,
    );
  });

  it('never gets shorter with more failures', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000 }), (failures) => {
        expect(restartDelayMs(failures + 1, 0.5)).toBeGreaterThanOrEqual(restartDelayMs(failures, 0.5));
      }),
      runs,
    );
  });
});

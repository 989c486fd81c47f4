import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.js';

describe('simulate', () => {
  it.each(Array.from({ length: 8 }, (_, index) => index + 1))('seed %i breaks no promise', async (seed) => {
    const level = seed % 2 === 0 ? 'workload' : 'container';
    const result = await simulate({ seed, level, effects: 1_000 });
    expect(result.violations).toEqual([]);
    expect(result.effects).toBeGreaterThanOrEqual(1_000);
  });

  it('replays: the same seed has the same trace', async () => {
    const [first, second] = [await simulate({ seed: 5, effects: 800 }), await simulate({ seed: 5, effects: 800 })];
    expect(second.traceHash).toBe(first.traceHash);
  });
});

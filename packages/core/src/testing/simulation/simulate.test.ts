import { describe, expect, it } from 'vitest';
import type { Driver } from '../../ports/driver.js';
import { shrinkSimulation } from './shrink.js';
import { simulate } from './simulate.js';

/** A policy as it must not be: what was seen first is believed for ever. */
function believesTheFirstList(driver: Driver): Driver {
  let first: ReturnType<Driver['list']> | undefined;
  return {
    ...driver,
    list: (scope, call) => {
      first ??= driver.list(scope, call);
      return first;
    },
  };
}

// Quick, but this machine may be slow.
const timeoutMs = 120_000;

describe('simulate', { timeout: timeoutMs }, () => {
  it.each([1, 2, 3, 4, 5, 6])('seed %i breaks no promise', async (seed) => {
    const level = seed % 2 === 0 ? 'workload' : 'container';
    const result = await simulate({ seed, level, effects: 900 });
    expect(result.violations).toEqual([]);
    expect(result.effects).toBeGreaterThanOrEqual(600);
    expect(result.deployments).toBeGreaterThanOrEqual(20);
    expect(result.crashes).toBeGreaterThan(0);
  });

  it('replays: the same options have the same trace', async () => {
    const options = { seed: 5, effects: 500 } as const;
    const [first, second] = [await simulate(options), await simulate(options)];
    expect(second.traceHash).toBe(first.traceHash);
    expect((await simulate({ ...options, seed: 6 })).traceHash).not.toBe(first.traceHash);
  });

  it('finds a broken policy of the caller, and makes its history small', async () => {
    // #region own-policy
    const options = { seed: 3, effects: 400, wrapDriver: believesTheFirstList };
    const whole = await simulate(options);
    // #endregion
    const small = await shrinkSimulation(options, { tries: 12 });
    expect(whole.violations.length).toBeGreaterThan(0);
    expect(small?.result.violations[0]?.invariant).toBe(whole.violations[0]?.invariant);
    expect(small?.result.operations.length).toBeLessThan(whole.operations.length);
  });
});

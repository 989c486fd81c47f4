import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkQuota } from './check-quota.js';

const use = fc.record({
  instances: fc.nat(100),
  cpuMillis: fc.nat(100_000),
  memoryBytes: fc.nat(1_000_000),
});
const none = { instances: 0, cpuMillis: 0, memoryBytes: 0 };

describe('checkQuota', () => {
  it('says which limit, its value, what is used, what is wanted and what frees it', () => {
    const error = checkQuota({ cpuMillis: 1000 }, { ...none, cpuMillis: 750 }, { ...none, cpuMillis: 500 });
    expect(error?.code).toBe('resource_exhausted');
    expect(error?.context).toEqual({ limit: 'cpuMillis', value: 1000, used: 750, wanted: 500 });
    for (const part of ['cpu', '1000', '750', '500', 'remove']) expect(error?.message).toContain(part);
  });

  it('takes what fits exactly, and anything without a limit', () => {
    expect(checkQuota({ instances: 3 }, { ...none, instances: 2 }, { ...none, instances: 1 })).toBeUndefined();
    expect(checkQuota({ instances: 0 }, none, none)).toBeUndefined();
    fc.assert(
      fc.property(use, use, (used, wanted) => {
        expect(checkQuota(undefined, used, wanted)).toBeUndefined();
        expect(checkQuota({}, used, wanted)).toBeUndefined();
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('refuses exactly when a limit is passed by a wish that grows', () => {
    fc.assert(
      fc.property(use, use, use, use, (quota, used, wanted, held) => {
        const keys = ['instances', 'cpuMillis', 'memoryBytes'] as const;
        const passed = keys.filter((key) => used[key] + wanted[key] > quota[key] && wanted[key] > held[key]);
        expect(checkQuota(quota, used, wanted, held)?.context.limit).toBe(passed[0]);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

import { expect, it } from 'vitest';
import { sampleDesired, sampleTemplate } from '../testing/store-conformance-kit.js';
import { quotaUseOf } from './quota-use-of.js';

it('counts each replica with its limits, parked or not', () => {
  const expected = { instances: 3, cpuMillis: 750, memoryBytes: 192_000_000 };
  expect(quotaUseOf(sampleDesired({ replicas: 3 }))).toEqual(expected);
  expect(quotaUseOf(sampleDesired({ replicas: 3, parked: 'stop' }))).toEqual(expected);
});

it('counts nothing for what is being deleted, and no resource without a limit', () => {
  expect(quotaUseOf(sampleDesired({ replicas: 3, deletedAt: 1 })).instances).toBe(0);
  const resources = { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined };
  expect(quotaUseOf(sampleDesired({ replicas: 2, template: { ...sampleTemplate, resources } }))).toEqual({
    instances: 2,
    cpuMillis: 0,
    memoryBytes: 0,
  });
});

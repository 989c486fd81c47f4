import { describe, expect, it } from 'vitest';
import { initialStatus } from '../decide/initial-status.js';
import type { DeploymentRecord, Slot } from '../model/deployment.js';
import type { ObservedInstance } from '../model/instance.js';
import { servedBefore } from './sync-health.js';

const slot = (ordinal: number, change: Partial<Slot> = {}): Slot => ({
  ordinal,
  attempt: 2,
  failures: 1,
  retryAt: undefined,
  lastEnded: undefined,
  ...change,
});

const recordWith = (slots: readonly Slot[]) => ({ status: { ...initialStatus(0), slots } }) as DeploymentRecord;
const instance = (ordinal: number, attempt: number) => ({ ordinal, attempt }) as ObservedInstance;

describe('servedBefore', () => {
  // Found by the simulator, seed 747013594: an instance that a list had missed came back, and its successor, which was
  // being removed when the host lost its shard, was the slot's latest attempt.
  it('goes by the attempt that served, which need not be the latest', () => {
    const record = recordWith([slot(0, { serving: [1] })]);
    expect(servedBefore(record, instance(0, 1))).toBe(true);
    expect(servedBefore(record, instance(0, 2))).toBe(false);
  });

  it('knows nothing of a slot in which none served, nor of one that the store has not', () => {
    const record = recordWith([slot(0)]);
    expect(servedBefore(record, instance(0, 2))).toBe(false);
    expect(servedBefore(record, instance(1, 1))).toBe(false);
  });

  it('knows both versions of a slot in the middle of a roll-out', () => {
    const record = recordWith([slot(0, { attempt: 4, serving: [3, 4] })]);
    expect([2, 3, 4, 5].map((attempt) => servedBefore(record, instance(0, attempt)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

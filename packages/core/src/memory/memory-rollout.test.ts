import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReplicaView, rolloutStep } from './memory-rollout.js';

const replicas = fc
  .array(fc.record({ current: fc.boolean(), ready: fc.boolean() }), { maxLength: 8 })
  .map((list): ReplicaView[] => list.map((one, index) => ({ ...one, name: `r${index}` })));

describe('rolloutStep', () => {
  it('never takes readiness below the wish, and never makes more than one extra', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), replicas, (wanted, list) => {
        const { create, remove } = rolloutStep(wanted, list);
        const left = list.filter(({ name }) => !remove.includes(name));
        const readyBefore = list.filter(({ ready }) => ready).length;
        const readyAfter = left.filter(({ ready }) => ready).length;
        expect(readyAfter).toBeGreaterThanOrEqual(Math.min(wanted, readyBefore));
        if (create > 0) expect(list.length + create).toBeLessThanOrEqual(wanted + 1);
      }),
      { seed: 21, numRuns: 500 },
    );
  });

  it('gets from anything to the wish, when what is made gets ready', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), replicas, (wanted, list) => {
        let state = list;
        let made = 0;
        for (let turn = 0; turn < 50 && !rolloutStep(wanted, state).complete; turn += 1) {
          const { create, remove } = rolloutStep(wanted, state);
          const kept = state.filter(({ name }) => !remove.includes(name)).map((one) => ({ ...one, ready: true }));
          const fresh = Array.from({ length: create }, () => {
            made += 1;
            return { name: `n${made}`, current: true, ready: false };
          });
          state = [...kept, ...fresh];
        }
        expect(rolloutStep(wanted, state)).toEqual({ create: 0, remove: [], complete: true });
        expect(state.length).toBe(wanted);
      }),
      { seed: 22, numRuns: 300 },
    );
  });
});

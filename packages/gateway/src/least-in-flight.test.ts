import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastInFlight } from './least-in-flight.js';

const candidates = fc.array(fc.record({ inFlight: fc.nat(5) }), { maxLength: 8 });
const runs = { seed: 1, numRuns: 300 };

describe('leastInFlight', () => {
  it('takes turns among equals', () => {
    const equal = [{ inFlight: 1 }, { inFlight: 1 }, { inFlight: 1 }];
    expect([0, 1, 2, 3].map((turn) => equal.indexOf(leastInFlight(equal, undefined, turn) as never))).toEqual([
      0, 1, 2, 0,
    ]);
  });

  it('chooses a least loaded one of those not excluded, and none only when all are', () => {
    fc.assert(
      fc.property(candidates, fc.nat(100), fc.nat(255), (all, turn, mask) => {
        const except = new Set(all.filter((_, index) => mask & (1 << index)));
        const allowed = all.filter((candidate) => !except.has(candidate));
        const chosen = leastInFlight(all, except, turn);
        if (allowed.length === 0) expect(chosen).toBeUndefined();
        else expect(chosen?.inFlight).toBe(Math.min(...allowed.map(({ inFlight }) => inFlight)));
      }),
      runs,
    );
  });
});

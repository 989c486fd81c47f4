import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HealthPolicy, HealthState, HealthStatus, ProbeResult } from '../model/health.js';
import { initialHealth, nextHealth } from './next-health.js';

const runs = { seed: 11, numRuns: 300 };
const policy: HealthPolicy = {
  path: '/health',
  intervalMs: 10_000,
  timeoutMs: 2_000,
  failureThreshold: 3,
  successThreshold: 1,
  startPeriodMs: 30_000,
  degradedLatencyMs: undefined,
  degradedLoad: undefined,
};
const pass = (over: Partial<Extract<ProbeResult, { kind: 'pass' }>> = {}): ProbeResult => ({
  kind: 'pass',
  responseTimeMs: 5,
  load: undefined,
  warn: false,
  ...over,
});
const fail: ProbeResult = { kind: 'fail', responseTimeMs: 1, error: 'refused', message: 'refused' };
const inconclusive: ProbeResult = { kind: 'inconclusive', reason: 'blocked' };

/** Feeds results one second apart, the first at `fromMs`; gives the state after each. */
function history(
  results: readonly ProbeResult[],
  over: Partial<HealthPolicy> = {},
  start = initialHealth(0),
  fromMs = 0,
) {
  const states: HealthState[] = [];
  let state = start;
  for (const [index, result] of results.entries()) {
    state = nextHealth(state, result, { ...policy, ...over }, fromMs + index * 1_000);
    states.push(state);
  }
  return states;
}
const statuses = (states: readonly HealthState[]): HealthStatus[] => states.map((state) => state.status);

describe('nextHealth', () => {
  it('is healthy with the first pass', () => {
    expect(statuses(history([pass()]))).toEqual(['healthy']);
  });

  it('does not count failures before the first pass within the start period', () => {
    const states = history([fail, fail, fail, fail, fail, pass()]);
    expect(statuses(states)).toEqual(['starting', 'starting', 'starting', 'starting', 'starting', 'healthy']);
    expect(states[4]?.lastError).toBe('refused');
    expect(states[5]?.lastError).toBeUndefined();
  });

  it('counts failures once the start period is over', () => {
    expect(statuses(history([fail, fail, fail], {}, initialHealth(0), 30_000))).toEqual([
      'starting',
      'starting',
      'unhealthy',
    ]);
  });

  it('counts failures after the first pass even within the start period', () => {
    expect(statuses(history([pass(), fail, fail, fail]))).toEqual(['healthy', 'degraded', 'degraded', 'unhealthy']);
  });

  it('needs two passes in a row to come back from unhealthy, or as many as the policy asks for', () => {
    const down = [pass(), fail, fail, fail];
    expect(statuses(history([...down, pass(), fail, pass(), pass()]).slice(4))).toEqual([
      'unhealthy',
      'unhealthy',
      'unhealthy',
      'healthy',
    ]);
    const strict = { successThreshold: 3 };
    expect(statuses(history([...down, pass(), pass(), pass()], strict).slice(4))).toEqual([
      'unhealthy',
      'unhealthy',
      'healthy',
    ]);
  });

  it('waits for the success threshold at the start', () => {
    expect(statuses(history([pass(), pass()], { successThreshold: 2 }))).toEqual(['starting', 'healthy']);
  });

  it('is degraded while it warns, is busy or is slow on average', () => {
    expect(statuses(history([pass({ warn: true }), pass()]))).toEqual(['degraded', 'healthy']);
    expect(statuses(history([pass({ load: 0.9 }), pass({ load: 0.8 })], { degradedLoad: 0.8 }))).toEqual([
      'degraded',
      'healthy',
    ]);
    const slow = history([pass(), pass({ responseTimeMs: 150 }), pass({ responseTimeMs: 1_500 })], {
      degradedLatencyMs: 100,
    });
    expect(statuses(slow)).toEqual(['healthy', 'healthy', 'degraded']);
  });

  it('remembers when it changed, and only then', () => {
    expect(history([pass(), pass(), fail, fail]).map((state) => state.changedAtMs)).toEqual([0, 0, 2_000, 2_000]);
  });

  it('keeps what an earlier process knew until a probe says otherwise', () => {
    expect(initialHealth(0, 'healthy').status).toBe('healthy');
    expect(statuses(history([fail, fail, fail], {}, initialHealth(0, 'healthy')))).toEqual([
      'degraded',
      'degraded',
      'unhealthy',
    ]);
    expect(statuses(history([pass(), pass()], {}, initialHealth(0, 'unhealthy')))).toEqual(['unhealthy', 'healthy']);
    expect(statuses(history([fail, fail, fail], {}, initialHealth(0, 'starting')))).toEqual(Array(3).fill('starting'));
  });
});

describe('nextHealth, for any history', () => {
  const result = fc.oneof(
    fc
      .record({
        responseTimeMs: fc.nat(5_000),
        load: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
        warn: fc.boolean(),
      })
      .map(pass),
    fc.constant(fail),
    fc.constant(inconclusive),
  );
  const results = fc.array(result, { maxLength: 60 });
  const thresholds = fc.record({
    failureThreshold: fc.integer({ min: 1, max: 5 }),
    successThreshold: fc.integer({ min: 1, max: 4 }),
    startPeriodMs: fc.constantFrom(0, 5_000, 30_000),
    degradedLoad: fc.constantFrom(undefined, 0.5),
    degradedLatencyMs: fc.constantFrom(undefined, 500),
  });

  it('is never unhealthy with fewer failures in a row than the threshold', () => {
    fc.assert(
      fc.property(results, thresholds, (given, over) => {
        let failures = 0;
        let before: HealthStatus = 'unknown';
        for (const [index, state] of history(given, over).entries()) {
          const kind = given[index]?.kind;
          failures = kind === 'fail' ? failures + 1 : kind === 'pass' ? 0 : failures;
          if (state.status === 'unhealthy' && before !== 'unhealthy') {
            expect(failures).toBeGreaterThanOrEqual(over.failureThreshold);
          }
          before = state.status;
        }
      }),
      runs,
    );
  });

  it('always is unhealthy after as many failures in a row, once something has passed', () => {
    fc.assert(
      fc.property(results, thresholds, (given, over) => {
        const down = Array<ProbeResult>(over.failureThreshold).fill(fail);
        expect(history([...given, pass(), ...down], over).at(-1)?.status).toBe('unhealthy');
      }),
      runs,
    );
  });

  it('does not leave service for one bad probe', () => {
    fc.assert(
      fc.property(results, thresholds, (given, over) => {
        const passes = Array<ProbeResult>(4).fill(pass());
        const last = history([...given, ...passes, fail], { ...over, failureThreshold: over.failureThreshold + 1 }).at(
          -1,
        );
        expect(last?.status).toBe('degraded');
      }),
      runs,
    );
  });

  it('is not touched by an inconclusive probe', () => {
    fc.assert(
      fc.property(results, thresholds, fc.nat(1e6), (given, over, nowMs) => {
        const state = history(given, over).at(-1) ?? initialHealth(0);
        expect(nextHealth(state, inconclusive, { ...policy, ...over }, nowMs)).toBe(state);
      }),
      runs,
    );
  });

  it('comes back from unhealthy only with enough passes in a row', () => {
    fc.assert(
      fc.property(results, thresholds, (given, over) => {
        let passes = 0;
        let before: HealthStatus = 'unknown';
        for (const [index, state] of history(given, over, initialHealth(0, 'unhealthy')).entries()) {
          const kind = given[index]?.kind;
          passes = kind === 'pass' ? passes + 1 : kind === 'fail' ? 0 : passes;
          if (before === 'unhealthy' && state.status !== 'unhealthy') {
            expect(passes).toBeGreaterThanOrEqual(Math.max(2, over.successThreshold));
          }
          before = state.status;
        }
      }),
      runs,
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HealthPolicy, HealthState } from '../model/health.js';
import { initialHealth } from './next-health.js';
import { nextProbe, type ProbeTiming } from './next-probe.js';

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
const fresh = initialHealth(0);
const healthy = initialHealth(0, 'healthy');
const timing = (over: Partial<ProbeTiming> = {}): ProbeTiming => ({
  watchedAtMs: 0,
  lastStartMs: undefined,
  phase01: 0.25,
  ...over,
});

/** Due times when every probe is answered at once and nothing ever passes. */
function startProbes(untilMs: number, over: Partial<HealthPolicy> = {}): number[] {
  const due: number[] = [];
  let nowMs = 0;
  let lastStartMs: number | undefined;
  while (nowMs < untilMs) {
    nowMs = nextProbe(timing({ lastStartMs }), fresh, { ...policy, ...over }, nowMs, 0.5).dueMs;
    lastStartMs = nowMs;
    due.push(nowMs);
  }
  return due;
}

describe('nextProbe before the first pass', () => {
  it('asks after 25 ms and then at most 10 ms or an eighth of the waiting time late, 1 s at most', () => {
    const due = startProbes(30_000);
    expect(due.slice(0, 4)).toEqual([25, 35, 45, 55]);
    for (const [index, dueMs] of due.slice(1).entries()) {
      const gapMs = dueMs - (due[index] ?? 0);
      expect(gapMs).toBeLessThanOrEqual(Math.min(1_000, Math.max(10, dueMs / 8)) + 1e-6);
    }
    expect(due.length).toBeLessThan(80);
  });

  it('keeps to the interval where that is shorter, and once the start period is over', () => {
    const gaps = (due: number[]) => due.slice(1).map((dueMs, index) => dueMs - (due[index] ?? 0));
    expect(Math.max(...gaps(startProbes(5_000, { intervalMs: 200 })))).toBe(200);
    const late = startProbes(100_000).filter((dueMs) => dueMs > 42_000);
    expect(gaps(late)).toEqual(Array(gaps(late).length).fill(10_000));
  });
});

describe('nextProbe of a running agent', () => {
  it('spares an instance that is known the start probes and gives it its place on the grid', () => {
    expect(nextProbe(timing(), healthy, policy, 0, 0.5)).toEqual({ dueMs: 2_500, skipped: 0 });
  });

  it('confirms a first failure early', () => {
    const failing: HealthState = { ...healthy, status: 'degraded', consecutiveFailures: 1 };
    expect(nextProbe(timing({ lastStartMs: 2_500 }), failing, policy, 2_510, 0.5).dueMs).toBe(11_500);
  });

  it('leaves out and counts what a slow probe has made impossible', () => {
    const next = nextProbe(timing({ lastStartMs: 2_500 }), healthy, policy, 34_000, 0.5);
    expect(next).toEqual({ dueMs: 42_500, skipped: 3 });
  });

  it('stays on the grid for ever, ±10 %, whatever the jitter', () => {
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        unit,
        fc.integer({ min: 100, max: 60_000 }),
        fc.array(unit, { minLength: 2, maxLength: 40 }),
        (phase01, intervalMs, jitters) => {
          let nowMs = 0;
          let lastStartMs: number | undefined;
          let place: number | undefined;
          for (const jitter of jitters) {
            const next = nextProbe(timing({ phase01, lastStartMs }), healthy, { ...policy, intervalMs }, nowMs, jitter);
            expect(next.skipped).toBe(0);
            expect(next.dueMs).toBeGreaterThanOrEqual(nowMs);
            const here = Math.round(next.dueMs / intervalMs - phase01);
            if (place !== undefined) expect(here).toBe(place + 1);
            expect(Math.abs(next.dueMs - (here + phase01) * intervalMs)).toBeLessThanOrEqual(intervalMs * 0.1 + 1e-6);
            place = here;
            nowMs = next.dueMs;
            lastStartMs = nowMs;
          }
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });
});

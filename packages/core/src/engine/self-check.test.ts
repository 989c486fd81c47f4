import { describe, expect, it } from 'vitest';
import type { HealthPolicy, ProbeErrorCode, ProbeResult } from '../model/health.js';
import { selfCheck } from './self-check.js';

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
const fail = (error: ProbeErrorCode): ProbeResult => ({ kind: 'fail', responseTimeMs: 1, error, message: error });
const pass: ProbeResult = { kind: 'pass', responseTimeMs: 1, load: undefined, warn: false };
const at = (startedMs: number, nowMs: number, over = {}) => ({ startedMs, nowMs, overdueMs: 0, targets: 10, ...over });

describe('selfCheck', () => {
  it('believes a failure while nothing is wrong with us', () => {
    expect(selfCheck().judge(fail('timeout'), policy, at(0, 2_000))).toEqual(fail('timeout'));
  });

  it('doubts a timeout when a quarter of it was our own block, told already or still going on', () => {
    const told = selfCheck();
    told.woke(1_000, 600);
    expect(told.judge(fail('timeout'), policy, at(0, 2_000)).kind).toBe('inconclusive');
    expect(selfCheck().judge(fail('timeout'), policy, at(0, 2_600, { overdueMs: 600 })).kind).toBe('inconclusive');
  });

  it('does not count a block from before the probe, nor a short one', () => {
    const check = selfCheck();
    check.judge(pass, policy, at(900, 1_000));
    check.woke(1_000, 5_000);
    check.woke(1_500, 400);
    expect(check.judge(fail('timeout'), policy, at(1_100, 3_100))).toEqual(fail('timeout'));
  });

  it('believes an answer, and a refusal while others pass, in spite of a block', () => {
    const check = selfCheck();
    check.judge(pass, policy, at(0, 900));
    check.woke(1_000, 3_000);
    for (const error of ['status', 'body', 'refused'] as const) {
      expect(check.judge(fail(error), policy, at(0, 2_000))).toEqual(fail(error));
    }
  });

  it('doubts a refusal when nothing has passed for an interval and we were blocked, unless it is the only target', () => {
    const check = selfCheck();
    check.judge(pass, policy, at(0, 900));
    check.woke(12_000, 3_000);
    expect(check.judge(fail('refused'), policy, at(12_100, 12_200)).kind).toBe('inconclusive');
    expect(check.judge(fail('refused'), policy, at(12_100, 12_200, { targets: 1 }))).toEqual(fail('refused'));
    // Long after the block every agent really is gone.
    expect(check.judge(fail('refused'), policy, at(30_000, 30_001))).toEqual(fail('refused'));
  });
});

import type { HealthPolicy, HealthState } from '../model/health.js';

const firstStartProbeMs = 25;
/** Closer together a probe would cost a starting agent more time than it saves. */
const closestStartProbesMs = 10;
const slowestStartProbeMs = 1_000;
/** Start probes come an eighth of the waiting time apart, so that readiness is seen at most that much too late. */
const startProbeShare = 8;
const jitterShare = 0.1;

export interface ProbeTiming {
  /** Monotonic time since which the target is watched. */
  readonly watchedAtMs: number;
  /** Monotonic start of the last probe; undefined before the first. */
  readonly lastStartMs: number | undefined;
  /** Place of the target on the time grid, in [0, 1). */
  readonly phase01: number;
}

export interface NextProbe {
  readonly dueMs: number;
  /** Probes of the grid that are left out because the last one took too long. */
  readonly skipped: number;
}

/**
 * When to probe next. Until the first pass: soon and then ever less often. A first failure is confirmed a little
 * early, so
 * that a dead agent is known within `failureThreshold × interval + timeout`. Else on a fixed grid of the target's own,
 * ±10 %.
 *
 * @param random01 a number in [0, 1) for the jitter
 */
export function nextProbe(
  timing: ProbeTiming,
  state: HealthState,
  policy: HealthPolicy,
  nowMs: number,
  random01: number,
): NextProbe {
  const { lastStartMs } = timing;
  const { intervalMs } = policy;
  if (!state.everPassed && lastStartMs === undefined) {
    return { dueMs: nowMs + Math.min(firstStartProbeMs, intervalMs), skipped: 0 };
  }
  if (lastStartMs !== undefined && !state.everPassed && nowMs - state.startedAtMs < policy.startPeriodMs) {
    const share = Math.max(closestStartProbesMs, (nowMs - timing.watchedAtMs) / startProbeShare);
    return { dueMs: Math.max(nowMs, lastStartMs + Math.min(share, slowestStartProbeMs, intervalMs)), skipped: 0 };
  }
  if (lastStartMs !== undefined && state.consecutiveFailures > 0 && state.status !== 'unhealthy') {
    return { dueMs: Math.max(nowMs, lastStartMs + intervalMs * (1 - jitterShare)), skipped: 0 };
  }
  return onGrid(timing, intervalMs, nowMs, random01);
}

function onGrid(timing: ProbeTiming, intervalMs: number, nowMs: number, random01: number): NextProbe {
  const phaseMs = timing.phase01 * intervalMs;
  const nextAfter = (ms: number) => phaseMs + (Math.floor((ms - phaseMs) / intervalMs) + 1) * intervalMs;
  // A probe that jitter moved before its place on the grid must not be made again there.
  const wanted = timing.lastStartMs === undefined ? nowMs : timing.lastStartMs + intervalMs * jitterShare + 0.001;
  const first = nextAfter(wanted);
  const base = first > nowMs ? first : nextAfter(nowMs);
  const jitterMs = (random01 * 2 - 1) * jitterShare * intervalMs;
  return { dueMs: Math.max(nowMs, base + jitterMs), skipped: Math.round((base - first) / intervalMs) };
}

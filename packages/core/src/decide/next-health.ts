import type { HealthPolicy, HealthState, HealthStatus, ProbeResult } from '../model/health.js';

/** Weight of the newest response time in the running mean. */
const meanWeight = 0.3;
/** Successes in a row that bring an unhealthy instance back, unless the policy asks for more. */
const successesAfterUnhealthy = 2;

/**
 * Health of an instance that no probe has reached in this process's life.
 *
 * @param nowMs monotonic time of the instance's start
 * @param known what an earlier process recorded; kept until a probe gives other evidence
 */
export function initialHealth(nowMs: number, known: HealthStatus = 'unknown'): HealthState {
  return {
    status: known,
    startedAtMs: nowMs,
    everPassed: known === 'healthy' || known === 'degraded' || known === 'unhealthy',
    consecutiveFailures: 0,
    consecutiveSuccesses: 0,
    meanMs: undefined,
    load: undefined,
    lastError: undefined,
    changedAtMs: nowMs,
  };
}

/**
 * Health after one more probe. An inconclusive probe changes nothing.
 *
 * @param nowMs monotonic time of the result
 */
export function nextHealth(state: HealthState, result: ProbeResult, policy: HealthPolicy, nowMs: number): HealthState {
  if (result.kind === 'inconclusive') return state;
  return result.kind === 'pass' ? afterPass(state, result, policy, nowMs) : afterFail(state, result, policy, nowMs);
}

function afterPass(
  state: HealthState,
  result: Extract<ProbeResult, { kind: 'pass' }>,
  policy: HealthPolicy,
  nowMs: number,
): HealthState {
  const successes = state.consecutiveSuccesses + 1;
  const meanMs =
    state.meanMs === undefined
      ? result.responseTimeMs
      : state.meanMs + meanWeight * (result.responseTimeMs - state.meanMs);
  const slow = policy.degradedLatencyMs !== undefined && meanMs > policy.degradedLatencyMs;
  const busy = policy.degradedLoad !== undefined && result.load !== undefined && result.load > policy.degradedLoad;
  const serving: HealthStatus = slow || busy || result.warn ? 'degraded' : 'healthy';
  const status = successes >= successesNeeded(state.status, policy) ? serving : waiting(state.status);
  return {
    status,
    startedAtMs: state.startedAtMs,
    everPassed: true,
    consecutiveFailures: 0,
    consecutiveSuccesses: successes,
    meanMs,
    load: result.load,
    lastError: undefined,
    changedAtMs: status === state.status ? state.changedAtMs : nowMs,
  };
}

function afterFail(
  state: HealthState,
  result: Extract<ProbeResult, { kind: 'fail' }>,
  policy: HealthPolicy,
  nowMs: number,
): HealthState {
  const inGrace = !state.everPassed && nowMs - state.startedAtMs < policy.startPeriodMs;
  const failures = inGrace ? 0 : state.consecutiveFailures + 1;
  const status = failures >= policy.failureThreshold ? 'unhealthy' : afterFewFailures(state.status);
  return {
    status,
    startedAtMs: state.startedAtMs,
    everPassed: state.everPassed,
    consecutiveFailures: failures,
    consecutiveSuccesses: 0,
    meanMs: state.meanMs,
    load: state.load,
    lastError: result.message,
    changedAtMs: status === state.status ? state.changedAtMs : nowMs,
  };
}

function successesNeeded(status: HealthStatus, policy: HealthPolicy): number {
  if (status === 'healthy' || status === 'degraded') return 1;
  return status === 'unhealthy' ? Math.max(successesAfterUnhealthy, policy.successThreshold) : policy.successThreshold;
}

/** Passed, but not often enough to serve yet. */
function waiting(status: HealthStatus): HealthStatus {
  return status === 'unhealthy' ? 'unhealthy' : 'starting';
}

/** Failed, but not often enough to be given up. */
function afterFewFailures(status: HealthStatus): HealthStatus {
  if (status === 'unhealthy') return 'unhealthy';
  return status === 'healthy' || status === 'degraded' ? 'degraded' : 'starting';
}

import { nextHealth } from '../decide/next-health.js';
import { nextProbe } from '../decide/next-probe.js';
import type { HealthCheckRecord, HealthState, HealthStatus, ProbeResult } from '../model/health.js';
import type { DeploymentId, InstanceName } from '../model/ids.js';
import { maxConcurrentProbes } from '../model/limits.js';
import type { AgentTransport } from '../ports/agent-transport.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import { type HealthTarget, sameEndpoint, samePolicy, type WatchedTarget, watchedTarget } from './health-target.js';
import { latenessSample } from './lateness-sample.js';
import { type Listeners, listeners } from './listeners.js';
import { type ProbeRunner, probeRunner } from './probe-runner.js';
import { type SelfCheck, selfCheck } from './self-check.js';
import { type TimerWheel, timerWheel } from './timer-wheel.js';

export interface HealthTransition {
  readonly instance: InstanceName;
  readonly deploymentId: DeploymentId;
  readonly from: HealthStatus;
  readonly to: HealthStatus;
  readonly state: HealthState;
  /** It serves for the first time. */
  readonly firstPass: boolean;
}

export interface HealthMonitorStats {
  readonly targets: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly checks: number;
  readonly failures: number;
  /** Probes that say nothing because our own event loop or network was the reason. */
  readonly inconclusive: number;
  /** Probes of the time grid that were left out because the one before was still under way. */
  readonly skipped: number;
  readonly transitions: number;
  /** By how much the latest 4096 probes started later than planned. */
  readonly startLatenessMs: { readonly p50: number; readonly p99: number };
}

export interface HealthMonitor {
  /** Idempotent. Another endpoint begins anew; another policy goes on with the state that is there. */
  watch(target: HealthTarget): void;
  /** Idempotent. A result that is still to come is thrown away. */
  unwatch(instance: InstanceName): void;
  get(
    instance: InstanceName,
  ): { readonly state: HealthState; readonly responseTimeMs?: number | undefined } | undefined;
  onTransition(listener: (transition: HealthTransition) => void): () => void;
  /** One record per check that says something about the agent. */
  onCheck(listener: (record: HealthCheckRecord) => void): () => void;
  readonly size: number;
  stats(): HealthMonitorStats;
  /** Stops probing. The transport stays open: it belongs to the caller. */
  close(): void;
}

export interface HealthMonitorOptions {
  readonly clock: Clock;
  readonly transport: AgentTransport;
  readonly random: Random;
  /** Probes in flight at once. [256] */
  readonly concurrency?: number | undefined;
  /** Told of a listener that throws. [silent] */
  readonly logger?: Logger | undefined;
}

interface Monitor {
  readonly clock: Clock;
  readonly random: Random;
  readonly targets: Map<InstanceName, WatchedTarget>;
  readonly runner: ProbeRunner;
  readonly wheel: TimerWheel<WatchedTarget>;
  readonly doubts: SelfCheck;
  readonly transitions: Listeners<HealthTransition>;
  readonly checks: Listeners<HealthCheckRecord>;
  readonly counters: { checks: number; failures: number; inconclusive: number; skipped: number; transitions: number };
}

/** Probes every watched instance on one timer wheel, decides by {@link nextHealth}, and tells what changed. */
export function createHealthMonitor(options: HealthMonitorOptions): HealthMonitor {
  const { clock, transport, random, concurrency = maxConcurrentProbes, logger } = options;
  const lateness = latenessSample();
  const monitor: Monitor = {
    clock,
    random,
    targets: new Map(),
    doubts: selfCheck(),
    transitions: listeners('health transitions', logger),
    checks: listeners('health checks', logger),
    counters: { checks: 0, failures: 0, inconclusive: 0, skipped: 0, transitions: 0 },
    wheel: timerWheel<WatchedTarget>({
      clock,
      onWake: (lateMs) => monitor.doubts.woke(clock.monotonic(), lateMs),
      onDue: (target) => monitor.runner.submit(target),
    }),
    runner: probeRunner({
      clock,
      transport,
      concurrency,
      onStart(target, nowMs) {
        lateness.add(nowMs - target.dueMs);
        target.lastStartMs = Math.floor(nowMs);
      },
      onResult: (target, result, startedMs) => conclude(monitor, target, result, startedMs),
    }),
  };
  const { targets, wheel, runner, counters } = monitor;
  let closed = false;

  return {
    watch(target) {
      if (!closed) watch(monitor, target);
    },
    unwatch: (instance) => drop(monitor, instance),
    get(instance) {
      const target = targets.get(instance);
      return target && { state: target.state, responseTimeMs: target.responseTimeMs };
    },
    onTransition: monitor.transitions.add,
    onCheck: monitor.checks.add,
    get size() {
      return targets.size;
    },
    stats: () => ({
      targets: targets.size,
      ...runner.counts(),
      ...counters,
      startLatenessMs: { p50: lateness.percentile(0.5), p99: lateness.percentile(0.99) },
    }),
    close() {
      closed = true;
      wheel.close();
      runner.close();
      targets.clear();
    },
  };
}

function watch(monitor: Monitor, target: HealthTarget): void {
  const present = monitor.targets.get(target.instance);
  if (present && sameEndpoint(present.endpoint, target.endpoint)) {
    if (samePolicy(present.policy, target.policy)) return;
    present.policy = target.policy;
    // One that is being probed is planned when its result is there.
    if (!monitor.runner.has(present)) plan(monitor, present);
    return;
  }
  drop(monitor, target.instance);
  const added = watchedTarget(target, Math.floor(monitor.clock.monotonic()));
  monitor.targets.set(target.instance, added);
  plan(monitor, added);
}

function drop(monitor: Monitor, instance: InstanceName): void {
  const target = monitor.targets.get(instance);
  if (!target) return;
  monitor.targets.delete(instance);
  monitor.runner.withdraw(target);
  monitor.wheel.cancel(target);
}

function plan(monitor: Monitor, target: WatchedTarget): void {
  const next = nextProbe(target, target.state, target.policy, monitor.clock.monotonic(), monitor.random.next());
  monitor.counters.skipped += next.skipped;
  monitor.wheel.schedule(target, next.dueMs);
}

function conclude(monitor: Monitor, target: WatchedTarget, found: ProbeResult, startedMs: number): void {
  const { clock, counters } = monitor;
  // Watched no more, or anew under another endpoint: the result is about something that is gone.
  if (monitor.targets.get(target.instance) !== target) return;
  const nowMs = clock.monotonic();
  const circumstances = { startedMs, nowMs, overdueMs: monitor.wheel.overdueMs(), targets: monitor.targets.size };
  const result = monitor.doubts.judge(found, target.policy, circumstances);
  const before = target.state;
  target.state = nextHealth(before, result, target.policy, Math.floor(nowMs));
  if (result.kind === 'pass') target.responseTimeMs = result.responseTimeMs;
  plan(monitor, target);
  if (result.kind === 'inconclusive') {
    counters.inconclusive += 1;
    return;
  }
  counters.checks += 1;
  if (result.kind === 'fail') counters.failures += 1;
  monitor.checks.tell(toRecord(target, result, clock.now()));
  if (target.state.status === before.status) return;
  counters.transitions += 1;
  monitor.transitions.tell(toTransition(target, before.status));
}

function toRecord(
  { deploymentId, instance }: WatchedTarget,
  result: Exclude<ProbeResult, { kind: 'inconclusive' }>,
  checkedAt: number,
): HealthCheckRecord {
  const { responseTimeMs } = result;
  return result.kind === 'pass'
    ? { deploymentId, instance, status: 'ok', responseTimeMs, load: result.load, errorMessage: undefined, checkedAt }
    : {
        deploymentId,
        instance,
        status: 'error',
        responseTimeMs,
        load: undefined,
        errorMessage: result.message,
        checkedAt,
      };
}

function toTransition({ instance, deploymentId, state }: WatchedTarget, from: HealthStatus): HealthTransition {
  const serves = state.status === 'healthy' || state.status === 'degraded';
  const waited = from === 'unknown' || from === 'starting';
  return { instance, deploymentId, from, to: state.status, state, firstPass: serves && waited };
}

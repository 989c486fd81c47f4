import type { DeploymentRecord } from '../model/deployment.js';
import type { HealthCheckRecord, HealthStatus } from '../model/health.js';
import type { EpochMs, InstanceName } from '../model/ids.js';
import type { ObservedInstance } from '../model/instance.js';

/** Checks older than so many intervals tell how it was, not how it is. */
const freshIntervals = 3;
const freshAtLeastMs = 60_000;

/**
 * Health as one who does not probe can tell it: from the stored checks while they are fresh, else what a host that
 * starts would take over. `checks`: newest first.
 *
 * Example: three errors in a row under a threshold of 3 → `unhealthy`; no checks, but of the version that was ready
 * last → `healthy`.
 */
export function healthFromChecks(
  record: DeploymentRecord,
  instances: readonly ObservedInstance[],
  checks: readonly HealthCheckRecord[],
  now: EpochMs,
): ReadonlyMap<InstanceName, HealthStatus> {
  const { health: policy } = record.desired;
  const since = now - Math.max(freshAtLeastMs, freshIntervals * policy.intervalMs);
  const found = new Map<InstanceName, HealthStatus>();
  for (const instance of instances) {
    if (instance.state !== 'running') continue;
    const mine = checks.filter((check) => check.instance === instance.name && check.checkedAt >= since);
    const firstOk = mine.findIndex((check) => check.status === 'ok');
    const inRow = firstOk < 0 ? mine.length : firstOk;
    if (mine[0]?.status === 'ok') found.set(instance.name, 'healthy');
    else if (inRow >= policy.failureThreshold && isPastStart(instance, record, now)) {
      found.set(instance.name, 'unhealthy');
    } else {
      const wasReady = record.status.lastReady?.hash === instance.templateHash;
      found.set(instance.name, wasReady ? 'healthy' : 'starting');
    }
  }
  return found;
}

function isPastStart(instance: ObservedInstance, record: DeploymentRecord, now: EpochMs): boolean {
  const since = instance.startedAt ?? instance.createdAt ?? 0;
  return now - since >= record.desired.health.startPeriodMs;
}

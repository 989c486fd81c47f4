import type { DeploymentRecord } from '../model/deployment.js';
import type { HealthPolicy, HealthStatus } from '../model/health.js';
import type { DeploymentId } from '../model/ids.js';
import type { ObservedInstance } from '../model/instance.js';
import type { HostContext } from './host-context.js';

/**
 * Lets the monitor look after exactly the instances that run now, each under the policy of its version. `allReady`: the
 * engine itself, if it knows, says that each of them is ready.
 */
export function syncHealth(
  context: HostContext,
  record: DeploymentRecord,
  instances: readonly ObservedInstance[],
  allReady = true,
): void {
  const { desired, status } = record;
  const local = context.local.of(desired.id);
  const watched = new Set<string>();
  for (const instance of instances) {
    if (instance.state !== 'running' || !instance.endpoint || desired.deletedAt !== undefined) continue;
    watched.add(instance.name);
    const known = local.adopted || !allReady ? undefined : knownHealth(record, instance);
    context.monitor.watch({
      instance: instance.name,
      deploymentId: desired.id,
      endpoint: instance.endpoint,
      policy: policyOf(record, instance.templateHash),
      known,
      startedAgoMs:
        instance.startedAt === undefined || local.adopted
          ? undefined
          : Math.max(0, context.steadyNow() - instance.startedAt),
    });
    if (known && status.readyInstances > 0) local.told.set(instance.name, known);
  }
  for (const name of local.watched) if (!watched.has(name)) context.monitor.unwatch(name);
  local.watched = watched;
}

export function unwatchAll(context: HostContext, id: DeploymentId): void {
  const local = context.local.peek(id);
  for (const name of local?.watched ?? []) context.monitor.unwatch(name);
}

/** Adopted from an earlier process: what was ready stays so until a probe says otherwise. */
function knownHealth(record: DeploymentRecord, instance: ObservedInstance): HealthStatus | undefined {
  const { desired, status } = record;
  const { lastReady } = status;
  if (lastReady?.hash !== instance.templateHash) return undefined;
  // Newer than all that the store knows of, which may come from a backup: nothing is known of it.
  const slot = status.slots.find((one) => one.ordinal === instance.ordinal);
  if (status.slots.length > 0 && instance.attempt > (slot?.attempt ?? 0)) return undefined;
  // After a roll-back the last ready version is the one that is wanted.
  const wantedHash = status.failedHash === desired.templateHash ? lastReady.hash : desired.templateHash;
  const outdated = instance.templateHash !== wantedHash || instance.restartEpoch !== desired.restartEpoch;
  // In the middle of a roll-out those before it are what serves; the count of ready ones is about their successors.
  if (outdated) return status.rollout ? 'healthy' : undefined;
  // One that was made since is another one.
  if (slot !== undefined && slot.attempt !== instance.attempt) return undefined;
  const wasReady = status.readyInstances >= desired.replicas;
  return wasReady && instance.ordinal < status.readyInstances ? 'healthy' : undefined;
}

function policyOf(record: DeploymentRecord, hash: string): HealthPolicy {
  const { desired, status } = record;
  return hash !== desired.templateHash && status.lastReady?.hash === hash ? status.lastReady.health : desired.health;
}

import type { DeploymentRecord } from '../model/deployment.js';
import type { HealthPolicy } from '../model/health.js';
import type { DeploymentId, InstanceName } from '../model/ids.js';
import type { ObservedInstance } from '../model/instance.js';
import type { HostContext } from './host-context.js';

/**
 * Lets the monitor look after exactly the instances that run now, each under the policy of its version. `isKnown`: of
 * one that an earlier process has left, whether it is healthy until a probe says otherwise.
 */
export function syncHealth(
  context: HostContext,
  record: DeploymentRecord,
  instances: readonly ObservedInstance[],
  isKnown: (instance: ObservedInstance) => boolean,
): void {
  const { desired } = record;
  const local = context.local.of(desired.id);
  const watched: InstanceName[] = [];
  for (const instance of instances) {
    if (instance.state !== 'running' || !instance.endpoint || desired.deletedAt !== undefined) continue;
    watched.push(instance.name);
    const known = !local.adopted && isKnown(instance) ? 'healthy' : undefined;
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
    if (known) local.told.set(instance.name, known);
  }
  for (const name of local.watched) if (!watched.includes(name)) context.monitor.unwatch(name);
  // A copy: an array that has grown keeps room for more, and there may be thousands.
  local.watched = [...watched];
}

export function unwatchAll(context: HostContext, id: DeploymentId): void {
  const local = context.local.peek(id);
  for (const name of local?.watched ?? []) context.monitor.unwatch(name);
}

/** Adopted from an earlier process: what it sent traffic to stays healthy until a probe says otherwise. */
export function servedBefore({ status }: DeploymentRecord, { ordinal, attempt }: ObservedInstance): boolean {
  return status.slots.some((slot) => slot.ordinal === ordinal && slot.serving?.includes(attempt));
}

function policyOf(record: DeploymentRecord, hash: string): HealthPolicy {
  const { desired, status } = record;
  return hash !== desired.templateHash && status.lastReady?.hash === hash ? status.lastReady.health : desired.health;
}

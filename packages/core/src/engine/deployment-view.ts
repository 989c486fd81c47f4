import type { DeploymentView, InstanceView } from '../host-types.js';
import type { DeploymentRecord } from '../model/deployment.js';
import type { HealthStatus } from '../model/health.js';
import type { ObservedInstance } from '../model/instance.js';
import type { HostContext } from './host-context.js';

/** Worst last: what a deployment's health is when its instances differ. */
const order: readonly HealthStatus[] = ['healthy', 'degraded', 'starting', 'unknown', 'unhealthy'];

/** One deployment as this host sees it now. */
export function viewOf(
  context: HostContext,
  record: DeploymentRecord,
  observed: readonly ObservedInstance[],
): DeploymentView {
  const instances = observed.map((instance) => viewInstance(context, instance));
  const { status, desired } = record;
  const running = instances.filter((one) => one.observed.state === 'running');
  const times = running.flatMap((one) => (one.responseTimeMs === undefined ? [] : [one.responseTimeMs]));
  const loads = running.flatMap((one) => (one.load === undefined ? [] : [one.load]));
  return {
    record,
    phase: desired.deletedAt === undefined ? status.phase : 'deleting',
    reason: context.local.peek(desired.id)?.problem ?? status.reason,
    health: healthOf(record, running),
    responseTimeMs: times.length === 0 ? undefined : Math.max(...times),
    load: loads.length === 0 ? undefined : loads.reduce((sum, load) => sum + load, 0) / loads.length,
    lastError: running.find((one) => one.lastError !== undefined)?.lastError,
    url: context.frontDoor.url(record.address.id),
    instances,
  };
}

/** Serving with less than asked is degraded, whatever the instances that serve say. */
function healthOf(record: DeploymentRecord, running: readonly InstanceView[]): HealthStatus {
  if (running.length === 0) return record.status.phase === 'failed' ? 'unhealthy' : 'unknown';
  const best = order.find((status) => running.some((one) => one.health === status)) ?? 'unknown';
  const worst = [...order].reverse().find((status) => running.some((one) => one.health === status)) ?? 'unknown';
  if (best === 'healthy' && worst !== 'healthy') return 'degraded';
  return best;
}

function viewInstance(context: HostContext, observed: ObservedInstance): InstanceView {
  const known = context.monitor.get(observed.name);
  return {
    observed,
    health: known?.state.status ?? observed.health ?? 'unknown',
    responseTimeMs: known?.responseTimeMs,
    load: known?.state.load,
    lastError: known?.state.lastError,
    // The last one is of before: it says nothing of now.
    usage: context.usageProblem() === undefined ? context.samplesOf(observed.name).at(-1) : undefined,
  };
}

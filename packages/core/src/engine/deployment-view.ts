import type { DeploymentView, InstanceView } from '../host-types.js';
import type { DeploymentRecord } from '../model/deployment.js';
import type { HealthCheckRecord, HealthStatus } from '../model/health.js';
import type { DeploymentId, InstanceName } from '../model/ids.js';
import type { UsageSample } from '../model/incident.js';
import type { ObservedInstance } from '../model/instance.js';
import type { EngineLoop } from './engine-loop.js';
import type { HostContext } from './host-context.js';

/** Worst last: what a deployment's health is when its instances differ. */
const order: readonly HealthStatus[] = ['healthy', 'degraded', 'starting', 'unknown', 'unhealthy'];

/** Enough for the newest check of each instance of a deployment, as they are checked in turn. */
const checksEach = 16;

/**
 * Deployments as they are now, in the order of the records. What another host works on is told by its commits and its
 * health checks.
 */
export async function viewsOf(
  context: HostContext,
  records: readonly DeploymentRecord[],
  { instancesOf, firstLook, lookAgain }: Pick<EngineLoop, 'instancesOf' | 'firstLook' | 'lookAgain'>,
): Promise<DeploymentView[]> {
  if (records.length > 0) await firstLook();
  const elsewhere = records.filter(({ desired: { id } }) => !isWatchedHere(context, id, instancesOf(id)));
  if (elsewhere.some((record) => isOld(record, instancesOf(record.desired.id)))) await lookAgain();
  const isRunning = (id: DeploymentId) => instancesOf(id).some(({ state }) => state === 'running');
  const ids = elsewhere.map((record) => record.desired.id).filter(isRunning);
  const checks = ids.length === 0 ? [] : await context.store.lastHealthChecks(ids, checksEach);
  const newest = new Map<InstanceName, HealthCheckRecord>();
  for (const check of checks) if (!newest.has(check.instance)) newest.set(check.instance, check);
  return records.map((record) => viewOf(context, record, instancesOf(record.desired.id), newest));
}

/** Its status tells of other instances than the last look of this host: one of the two is of before. */
function isOld({ status }: DeploymentRecord, observed: readonly ObservedInstance[]): boolean {
  const running = observed.filter((one) => one.state === 'running').length;
  if (status.phase === 'ready' || status.phase === 'parked') return running !== status.readyInstances;
  return running < status.readyInstances;
}

/** Without its lease a host still watches what it had, until another one is there to take it over. */
function isWatchedHere(context: HostContext, id: DeploymentId, observed: readonly ObservedInstance[]): boolean {
  return context.leases.fenceFor(id) !== undefined || observed.some(({ name }) => context.monitor.get(name));
}

/** URL of its address: this host's own, or where the host that works on it has opened it. */
export function urlOf(context: HostContext, { address, desired, status }: DeploymentRecord): string | undefined {
  const here = context.frontDoor.url(address.id);
  return here ?? (context.leases.fenceFor(desired.id) ? undefined : status.url);
}

/** One deployment as this host sees it now. `checks`: the newest of instances that another host watches. */
export function viewOf(
  context: HostContext,
  record: DeploymentRecord,
  observed: readonly ObservedInstance[],
  checks?: ReadonlyMap<InstanceName, HealthCheckRecord>,
): DeploymentView {
  const here = isWatchedHere(context, record.desired.id, observed);
  const instances = observed.map((instance) =>
    here ? viewInstance(context, instance) : viewElsewhere(context, record, instance, checks?.get(instance.name)),
  );
  const { status, desired } = record;
  const running = instances.filter((one) => one.observed.state === 'running');
  const times = running.flatMap((one) => (one.responseTimeMs === undefined ? [] : [one.responseTimeMs]));
  const loads = running.flatMap((one) => (one.load === undefined ? [] : [one.load]));
  return {
    record,
    phase: desired.deletedAt === undefined ? status.phase : 'deleting',
    reason: context.local.peek(desired.id)?.problem ?? status.reason,
    health: !here && running.length < record.status.readyInstances ? healthToldOf(record) : healthOf(record, running),
    responseTimeMs: times.length === 0 ? undefined : Math.max(...times),
    load: loads.length === 0 ? undefined : loads.reduce((sum, load) => sum + load, 0) / loads.length,
    lastError: running.find((one) => one.lastError !== undefined)?.lastError,
    url: urlOf(context, record),
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

/** Of a deployment whose instances this host has not seen yet: its status counts some that serve. */
function healthToldOf({ status }: DeploymentRecord): HealthStatus {
  return status.phase === 'ready' ? 'healthy' : 'degraded';
}

function viewInstance(context: HostContext, observed: ObservedInstance): InstanceView {
  const known = context.monitor.get(observed.name);
  return {
    observed,
    health: known?.state.status ?? observed.health ?? 'unknown',
    responseTimeMs: known?.responseTimeMs,
    load: known?.state.load,
    lastError: known?.state.lastError,
    usage: usageOf(context, observed),
  };
}

/** As another host's last words are: its status stands for what it has found, its last check for the figures. */
function viewElsewhere(
  context: HostContext,
  { status }: DeploymentRecord,
  observed: ObservedInstance,
  check: HealthCheckRecord | undefined,
): InstanceView {
  const lastError = check?.status === 'error' ? (check.errorMessage ?? 'The last check failed') : undefined;
  const checked = check && (lastError === undefined ? 'healthy' : 'unhealthy');
  const found = status.phase === 'ready' ? 'healthy' : (observed.health ?? checked);
  return {
    observed,
    health: (observed.state === 'running' ? found : observed.health) ?? 'unknown',
    responseTimeMs: check?.responseTimeMs,
    load: check?.load,
    lastError,
    usage: usageOf(context, observed),
  };
}

function usageOf(context: HostContext, { name }: ObservedInstance): UsageSample | undefined {
  // The last one is of before a problem: it says nothing of now.
  return context.usageProblem() === undefined ? context.samplesOf(name).at(-1) : undefined;
}

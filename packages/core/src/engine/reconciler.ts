import { MoorageError } from '@moorage/protocol/base';
import { planDeployment } from '../decide/plan-deployment.js';
import type { FailedCreate } from '../decide/plan-input.js';
import { sameData } from '../decide/same-data.js';
import type { DeploymentRecord } from '../model/deployment.js';
import { formatPlan } from '../model/format-plan.js';
import type { HealthStatus } from '../model/health.js';
import type { DeploymentId, InstanceName } from '../model/ids.js';
import type { ObservedInstance } from '../model/instance.js';
import { instanceName } from '../model/instance-name.js';
import type { Plan } from '../model/plan.js';
import type { ContainerDriver } from '../ports/driver.js';
import type { Fence } from '../ports/store.js';
import { startActions } from './apply-plan.js';
import { noteRest } from './at-rest.js';
import { commitPlan } from './commit-plan.js';
import { closeDoor, forgetDeployment, openDoor, routeTo } from './deployment-steps.js';
import { withFreshLook } from './fresh-look.js';
import type { HostContext } from './host-context.js';
import { type InstanceIndex, instancesOf } from './instance-index.js';
import { noFailures } from './local-state.js';
import type { Observer } from './observer.js';
import { servedBefore, syncHealth } from './sync-health.js';
import { type Reconcile, type Turn, takeTurns } from './take-turns.js';

/**
 * Advances one deployment by one step: reads, lets the plan be decided, commits it, and starts what it asks for. It
 * decides nothing itself, and waits for no engine call but the look: the end of a call brings the id back into the
 * queue.
 */
export function createReconciler(context: HostContext<ContainerDriver>, observer: Observer<InstanceIndex>): Reconcile {
  return takeTurns(context, (turn) => step(context, observer, turn));
}

async function step(
  context: HostContext<ContainerDriver>,
  observer: Observer<InstanceIndex>,
  { known, fence }: Turn,
): Promise<void> {
  const { id } = known.desired;
  const local = context.local.of(id);
  const holdMs = local.holdUntil - context.steadyNow();
  if (holdMs > 0) {
    context.enqueueAfter(id, known.desired.tenant, holdMs);
    return;
  }
  const record = await openDoor(context, known, fence);
  const planned = await withFreshLook(context, observer, id, ({ observation }) =>
    planTurn(context, { record, fence }, instancesOf(observation, id)),
  );
  if (!planned) return;
  await context.crash('plan-made', id);
  await carryOut(context, observer, planned);
}

/** Undefined: let go of meanwhile. What this host remembers of its own calls is gone, and so is its right to plan. */
function planTurn(
  context: HostContext,
  { record, fence }: Pick<Planned, 'record' | 'fence'>,
  instances: readonly ObservedInstance[],
): Planned | undefined {
  const { id } = record.desired;
  if (!context.leases.holds(fence)) return undefined;
  syncHealth(context, record, instances, (one) => servedBefore(record, one));
  const { failedCreates } = context.local.of(id);
  const removing = removalsOf(context, id);
  const found = healthOf(context, instances);
  const plan = makePlan(context, record, instances, found);
  return { record, fence, plan, instances, failedCreates, removing, health: found.health };
}

/** The plan, and what it was made from. Calls go on while it is written down. */
interface Planned {
  readonly record: DeploymentRecord;
  readonly fence: Fence;
  readonly plan: Plan;
  readonly instances: readonly ObservedInstance[];
  readonly failedCreates: ReadonlyMap<InstanceName, FailedCreate>;
  /** On their way out, by calls of ours. */
  readonly removing: ReadonlySet<InstanceName>;
  readonly health: ReadonlyMap<InstanceName, HealthStatus>;
}

function removalsOf(context: HostContext, id: DeploymentId): ReadonlySet<InstanceName> {
  return new Set([...context.inFlight.of(id)].filter(([, kind]) => kind === 'remove').map(([name]) => name));
}

function makePlan(
  context: HostContext,
  record: DeploymentRecord,
  instances: readonly ObservedInstance[],
  found: ReturnType<typeof healthOf>,
): Plan {
  const { id } = record.desired;
  const local = context.local.of(id);
  return planDeployment({
    record,
    instances,
    ...found,
    told: local.told,
    busy: context.inFlight.of(id),
    failedCreates: local.failedCreates,
    seen: new Set(local.seen),
    canPark: context.parkDepths.length > 0,
    now: context.steadyNow(),
    random01: context.random.next(),
  });
}

function healthOf(context: HostContext, instances: readonly ObservedInstance[]) {
  const health = new Map<InstanceName, HealthStatus>();
  const lastErrors = new Map<InstanceName, string>();
  for (const { name } of instances) {
    const state = context.monitor.get(name)?.state;
    if (state) health.set(name, state.status);
    if (state?.lastError !== undefined) lastErrors.set(name, state.lastError);
  }
  return { health, lastErrors };
}

async function carryOut(
  context: HostContext<ContainerDriver>,
  observer: Observer<InstanceIndex>,
  turn: Planned,
): Promise<void> {
  const { record, plan, instances } = turn;
  const { id, tenant } = record.desired;
  // Traffic leaves what is about to be removed before the removal is even written down.
  routeTo(context, record, plan, instances);
  if (plan.drop) {
    await purgeRest(context, record);
    await closeDoor(context, record);
  }
  const after = await commitPlan(context, turn);
  await context.crash(plan.drop ? 'after-drop' : 'plan-committed', id);
  remember(context, turn);
  if (plan.drop || !after) {
    forgetDeployment(context, id);
    return;
  }
  // A version has just been given up: what waits to be made of it is not made any more.
  if (after.status.failedHash !== record.status.failedHash) context.inFlight.abortCreates(id);
  if (plan.actions.length > 0) {
    context.logger.log('debug', formatPlan(plan), { deployment: id });
    startActions(
      context,
      { record: after, plan, fence: turn.fence },
      { onEnd: () => ended(context, observer, id, tenant) },
    );
  }
  if (plan.lookAgainMs !== undefined) context.enqueueAfter(id, tenant, plan.lookAgainMs);
  noteRest(context, { record, after, plan, observed: instances });
  context.cache.changed(id);
}

/**
 * What belongs to a deployment goes with it (its volumes, its tenant's network), also when no instance is left whose
 * removal could take it along: a host may have died in the middle of one.
 */
async function purgeRest(context: HostContext<ContainerDriver>, record: DeploymentRecord): Promise<void> {
  const { desired, status } = record;
  const { id, template, templateHash } = desired;
  const volumes = template.volumes.length + (status.lastReady?.template.volumes.length ?? 0);
  const isClean = context.local.of(id).purged || status.slots.every((slot) => slot.attempt === 0);
  if (volumes === 0 && isClean) return;
  // Without the right to act the record must not go either: whoever has it now does both.
  if (!context.leases.fenceFor(id)) throw new MoorageError('conflict', `The lease on "${id}" has run out`);
  const name = instanceName(id, templateHash, 0, status.slots[0]?.attempt ?? 0);
  const { signal } = new AbortController();
  await context.driver.remove(name, { owner: context.owner, signal, graceMs: 0, purge: true });
}

/** A call to the engine has ended: only a look that begins from now on shows what came of it. */
function ended(context: HostContext, observer: Observer<InstanceIndex>, id: DeploymentId, tenant: string): void {
  context.local.of(id).actedStamp = observer.stamp();
  context.enqueue(id, tenant);
}

function remember(context: HostContext, turn: Planned) {
  const { record, plan, instances, removing } = turn;
  const local = context.local.of(record.desired.id);
  const leaving = new Set(plan.actions.filter((action) => action.kind === 'remove').map((action) => action.name));
  // By what was on its way out when the plan was made: a removal that has failed since makes nothing alive again.
  const seen = instances
    .filter(({ state }) => state !== 'removing' && state !== 'exited')
    .map(({ name }) => name)
    .filter((name) => !leaving.has(name) && !removing.has(name));
  // In the steady state these are the watched ones: one list for both, since there may be thousands.
  local.seen = sameData(seen, local.watched) ? local.watched : seen;
  for (const { name } of instances) {
    const health = turn.health.get(name);
    if (health !== undefined) local.told.set(name, health);
  }
  for (const name of local.told.keys()) {
    if (!instances.some((instance) => instance.name === name)) local.told.delete(name);
  }
  // What has failed since the plan was made is for the next one.
  const since = [...local.failedCreates].filter(([name, failure]) => turn.failedCreates.get(name) !== failure);
  local.failedCreates = since.length > 0 ? new Map(since) : noFailures;
  local.adopted = true;
}

import { isMoorageError, toMoorageError } from '@moorage/protocol/base';
import { planWorkload, type WorkloadPlan } from '../decide/plan-workload.js';
import type { DeploymentRecord } from '../model/deployment.js';
import type { HealthStatus } from '../model/health.js';
import type { DeploymentId, InstanceName } from '../model/ids.js';
import type { ObservedWorkload, WorkloadDriver, WorkloadObservation } from '../ports/driver.js';
import { commitPlan } from './commit-plan.js';
import { closeDoor, forgetDeployment, openDoor, retryLater, routeTo } from './deployment-steps.js';
import { freshLook } from './fresh-look.js';
import type { HostContext } from './host-context.js';
import type { Observer } from './observer.js';
import type { Reconcile } from './reconciler.js';
import { openSecrets } from './seal-secrets.js';
import { syncHealth } from './sync-health.js';

/** The name under which a deployment's one call to the orchestrator is under way. */
const wholeWorkload = (id: DeploymentId): InstanceName => `workload-${id}`;

/**
 * As the reconciler of single instances, for an engine that is an orchestrator: it states the wish and tells how it is.
 */
export function createWorkloadReconciler(
  context: HostContext<WorkloadDriver>,
  observer: Observer<WorkloadObservation>,
): Reconcile {
  const toldEnds = new Map<DeploymentId, Set<InstanceName>>();
  const refusals = new Map<DeploymentId, { readonly generation: number; readonly message: string }>();
  return async (id, tenant) => {
    try {
      await step(context, observer, id, toldEnds, refusals);
      context.local.of(id).failedTurns = 0;
    } catch (thrown) {
      retryLater(context, id, tenant, toMoorageError(thrown, 'host.reconcile'));
    }
  };
}

type ToldEnds = Map<DeploymentId, Set<InstanceName>>;
type Refusals = Map<DeploymentId, { readonly generation: number; readonly message: string }>;

async function step(
  context: HostContext<WorkloadDriver>,
  observer: Observer<WorkloadObservation>,
  id: DeploymentId,
  toldEnds: ToldEnds,
  refusals: Refusals,
): Promise<void> {
  const fence = context.leases.fenceFor(id);
  if (!fence) return;
  const known = context.cache.get(id) ?? (await context.store.read(id));
  if (!known) {
    forgetDeployment(context, id);
    return;
  }
  context.cache.put(known);
  const local = context.local.of(id);
  const record = await openDoor(context, known, fence);
  const look = await freshLook(context, observer, id);
  // Let go of meanwhile: what this host remembers of its own calls is gone, and so is its right to plan.
  if (context.leases.fenceFor(id)?.token !== fence.token) return;
  const observed = look.observation.workloads.find((workload) => workload.deploymentId === id);
  syncHealth(context, record, observed?.instances ?? [], observed?.ready === observed?.instances.length);
  const plan = planFor(context, record, observed, toldEnds, refusals);
  await context.crash('plan-made', id);
  routeTo(context, record, plan, observed?.instances ?? []);
  if (plan.drop) await closeDoor(context, record);
  const after = await commitPlan(context, { record, fence, plan, instances: observed?.instances ?? [] });
  // Told only now: an end whose commit failed is told by the next one.
  for (const { name } of observed?.ended ?? []) toldEnds.get(id)?.add(name);
  await context.crash(plan.drop ? 'after-drop' : 'plan-committed', id);
  local.adopted = true;
  if (plan.drop || !after) {
    toldEnds.delete(id);
    refusals.delete(id);
    forgetDeployment(context, id);
    return;
  }
  startCall(context, observer, after, plan, refusals);
  if (plan.lookAgainMs !== undefined) {
    // An orchestrator works by itself: what it has done meanwhile is only seen by another look.
    local.actedStamp = observer.stamp();
    context.enqueueAfter(id, record.desired.tenant, plan.lookAgainMs);
  }
  context.cache.changed(id);
}

function planFor(
  context: HostContext<WorkloadDriver>,
  record: DeploymentRecord,
  observed: ObservedWorkload | undefined,
  toldEnds: ToldEnds,
  refusals: Refusals,
): WorkloadPlan {
  const { id, generation } = record.desired;
  const health = new Map<InstanceName, HealthStatus>();
  for (const { name } of observed?.instances ?? []) {
    const found = context.monitor.get(name);
    if (found) health.set(name, found.state.status);
  }
  // What had ended before this process began is told already.
  const told = toldEnds.get(id) ?? new Set(context.local.of(id).adopted ? [] : observed?.ended.map((one) => one.name));
  toldEnds.set(id, told);
  const refusal = refusals.get(id);
  return planWorkload({
    record,
    observed,
    health,
    toldEnds: told,
    busy: context.inFlight.of(id).size > 0,
    refusal: refusal?.generation === generation ? refusal.message : undefined,
    now: context.steadyNow(),
  });
}

function startCall(
  context: HostContext<WorkloadDriver>,
  observer: Observer<WorkloadObservation>,
  record: DeploymentRecord,
  plan: WorkloadPlan,
  refusals: Refusals,
): void {
  const { id, tenant, generation } = record.desired;
  if (!plan.apply && plan.deleteCause === undefined) return;
  const flight = context.inFlight.begin(id, wholeWorkload(id), plan.apply ? 'create' : 'remove');
  if (!flight) return;
  void callEngine(context, record, plan, flight.signal)
    .then(() => refusals.delete(id))
    .catch((thrown) => {
      const error = toMoorageError(thrown);
      if (error.code === 'cancelled') return;
      context.logger.log('warn', `The engine did not take ${id}: ${error.message}`, {
        deployment: id,
        code: error.code,
      });
      if (isMoorageError(error) && !error.retryable) refusals.set(id, { generation, message: error.message });
    })
    .finally(() => {
      flight.end();
      context.local.of(id).actedStamp = observer.stamp();
      context.enqueueAfter(id, tenant, refusals.has(id) ? 1_000 : 1);
    });
}

async function callEngine(
  context: HostContext<WorkloadDriver>,
  record: DeploymentRecord,
  plan: WorkloadPlan,
  signal: AbortSignal,
): Promise<void> {
  const { id, tenant, agentId, generation, restartEpoch, rolloutDeadlineMs } = record.desired;
  const { driver, owner } = context;
  await context.crash('before-apply', id);
  const mayBegin = () => context.leases.fenceFor(id) !== undefined;
  if (!plan.apply) {
    await driver.deleteWorkload(id, { owner, signal, mayBegin });
  } else {
    const { target, replicas } = plan.apply;
    const secretEnv = openSecrets(target.template, id, context.secrets);
    await driver.apply(
      {
        owner,
        tenant,
        deploymentId: id,
        agentId,
        generation,
        templateHash: target.hash,
        restartEpoch,
        template: target.template,
        secretEnv,
        health: target.health,
        rolloutDeadlineMs,
        replicas: { fixed: replicas },
      },
      { signal, mayBegin },
    );
  }
  await context.crash('after-apply', id);
}

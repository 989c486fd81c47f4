import { MoorageError, toMoorageError } from '@moorage/protocol/base';
import { planWorkload, type WorkloadPlan } from '../decide/plan-workload.js';
import type { DeploymentRecord } from '../model/deployment.js';
import type { HealthStatus } from '../model/health.js';
import type { DeploymentId, InstanceName } from '../model/ids.js';
import type { Template } from '../model/template.js';
import type { ObservedWorkload, WorkloadDriver } from '../ports/driver.js';
import type { Fence } from '../ports/store.js';
import { noteRest } from './at-rest.js';
import { commitPlan } from './commit-plan.js';
import { closeDoor, forgetDeployment, holdCalls, openDoor, routeTo } from './deployment-steps.js';
import { withFreshLook } from './fresh-look.js';
import type { HostContext } from './host-context.js';
import type { Observer } from './observer.js';
import { openSecrets } from './seal-secrets.js';
import { syncHealth } from './sync-health.js';
import { type Reconcile, type Turn, takeTurns } from './take-turns.js';
import type { WorkloadIndex } from './workload-index.js';

/** The name under which a deployment's one call to the orchestrator is under way. */
const wholeWorkload = (id: DeploymentId): InstanceName => `workload-${id}`;

/**
 * As the reconciler of single instances, for an engine that is an orchestrator: it states the wish and tells how it is.
 */
export function createWorkloadReconciler(
  context: HostContext<WorkloadDriver>,
  observer: Observer<WorkloadIndex>,
): Reconcile {
  return takeTurns(context, (turn) => step(context, observer, turn));
}

async function step(
  context: HostContext<WorkloadDriver>,
  observer: Observer<WorkloadIndex>,
  { known, fence }: Turn,
): Promise<void> {
  const { id } = known.desired;
  const local = context.local.of(id);
  const record = await openDoor(context, known, fence);
  const planned = await withFreshLook(context, observer, id, ({ observation }) =>
    planTurn(context, record, fence, observation.byDeployment.get(id)),
  );
  if (!planned) return;
  const { observed, plan } = planned;
  await context.crash('plan-made', id);
  routeTo(context, record, plan, observed?.instances ?? [], observed?.address);
  if (plan.drop) await closeDoor(context, record);
  const after = await commitPlan(context, { record, fence, plan, instances: observed?.instances ?? [] });
  // Told only now: an end whose commit failed is told by the next one.
  for (const { name } of observed?.ended ?? []) local.toldEnds?.add(name);
  await context.crash(plan.drop ? 'after-drop' : 'plan-committed', id);
  local.adopted = true;
  if (plan.drop || !after) {
    forgetDeployment(context, id);
    return;
  }
  // A version has just been given up: where its statement waits for its turn still, it is not made any more.
  if (after.status.failedHash !== record.status.failedHash) context.inFlight.abortCreates(id);
  const calls = (plan.apply ?? plan.deleteCause) !== undefined && local.holdUntil <= context.steadyNow();
  if (calls && after === record) await checkNewest(context, record);
  startCall(context, observer, { record: after, plan, fence });
  if (plan.lookAgainMs !== undefined) {
    // An orchestrator works by itself: what it has done meanwhile is only seen by another look.
    local.actedStamp = observer.stamp();
    context.enqueueAfter(id, record.desired.tenant, plan.lookAgainMs);
  }
  noteRest(context, { record, after, plan, observed });
  context.cache.changed(id);
}

/** Undefined: let go of meanwhile. What this host remembers of its own calls is gone, and so is its right to plan. */
function planTurn(
  context: HostContext<WorkloadDriver>,
  record: DeploymentRecord,
  fence: Fence,
  observed: ObservedWorkload | undefined,
): { readonly observed: ObservedWorkload | undefined; readonly plan: WorkloadPlan } | undefined {
  if (!context.leases.holds(fence)) return undefined;
  // Where the engine finds all of them ready, a version that was ready before is taken at its word.
  const allReady = observed?.ready === observed?.instances.length;
  const lastReady = record.status.lastReady?.hash;
  syncHealth(context, record, observed?.instances ?? [], (one) => allReady && one.templateHash === lastReady);
  return { observed, plan: planFor(context, record, observed) };
}

/** Nothing was written, so nobody has said yet that the record is the newest: an old wish must not be stated again. */
async function checkNewest(context: HostContext, { desired, revision }: DeploymentRecord): Promise<void> {
  const newest = await context.store.read(desired.id);
  if (newest?.revision === revision) return;
  throw new MoorageError('conflict', `Deployment "${desired.id}" has changed since it was planned`);
}

function planFor(
  context: HostContext<WorkloadDriver>,
  record: DeploymentRecord,
  observed: ObservedWorkload | undefined,
): WorkloadPlan {
  const { id, generation } = record.desired;
  const health = new Map<InstanceName, HealthStatus>();
  for (const { name } of observed?.instances ?? []) {
    const found = context.monitor.get(name);
    if (found) health.set(name, found.state.status);
  }
  // What had ended before this host got it is told already.
  const local = context.local.of(id);
  local.toldEnds ??= new Set(observed?.ended.map((one) => one.name));
  return planWorkload({
    record,
    observed,
    health,
    toldEnds: local.toldEnds,
    busy: context.inFlight.of(id).size > 0,
    endAsked: local.purged,
    refusal: local.refusal?.generation === generation ? local.refusal.message : undefined,
    now: context.steadyNow(),
  });
}

/** Time between two tries to put in order what does not change how it serves. */
const tidyingMs = 10_000;

interface PlannedCall {
  readonly record: DeploymentRecord;
  readonly plan: WorkloadPlan;
  readonly fence: Fence;
}

function startCall(context: HostContext<WorkloadDriver>, observer: Observer<WorkloadIndex>, call: PlannedCall): void {
  const { record, plan } = call;
  const { id, tenant, generation } = record.desired;
  if (!plan.apply && plan.deleteCause === undefined) return;
  const local = context.local.of(id);
  const holdMs = local.holdUntil - context.steadyNow();
  if (holdMs > 0) {
    context.enqueueAfter(id, tenant, holdMs);
    return;
  }
  const flight = context.inFlight.begin(id, wholeWorkload(id), plan.apply ? 'create' : 'remove');
  if (!flight) return;
  void callEngine(context, call, flight.signal)
    .then(() => {
      local.refusal = undefined;
      local.failedCalls = 0;
      local.purged = plan.apply === undefined;
      // In vain perhaps, and nothing of it is urgent: not again at once.
      if (plan.apply?.tidying) local.holdUntil = context.steadyNow() + tidyingMs;
    })
    .catch((thrown) => {
      const error = toMoorageError(thrown);
      if (error.code === 'cancelled') return;
      context.logger.log('warn', `The engine did not take ${id}: ${error.message}`, {
        deployment: id,
        code: error.code,
      });
      holdCalls(context, id, error);
      if (isRefusal(error, local.failedCalls)) local.refusal = { generation, message: error.message };
    })
    .finally(() => {
      flight.end();
      context.local.of(id).actedStamp = observer.stamp();
      context.enqueueAfter(id, tenant, 1);
    });
}

/**
 * Waiting does not cure it. An orchestrator that is only just starting knows nobody's rights yet: a lack of them is not
 * believed at once.
 */
function isRefusal(error: MoorageError, times: number): boolean {
  const mayPass = error.code === 'permission_denied' || error.code === 'unauthenticated';
  return !error.retryable && (!mayPass || times > 2);
}

async function callEngine(
  context: HostContext<WorkloadDriver>,
  { record, plan, fence }: PlannedCall,
  signal: AbortSignal,
): Promise<void> {
  const { id, tenant, agentId, generation, updatedAt, restartEpoch, rolloutDeadlineMs } = record.desired;
  const { driver, owner } = context;
  await context.crash('before-apply', id);
  // As for single instances: what was planned by the right of before is not begun by another one.
  const mayBegin = () => context.leases.holds(fence);
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
        wishedAt: updatedAt,
        templateHash: target.hash,
        restartEpoch,
        template: withIdentity(target.template, record.desired),
        secretEnv,
        health: target.health,
        rolloutDeadlineMs,
        replicas,
      },
      { signal, mayBegin },
    );
  }
  await context.crash('after-apply', id);
}

/** What an agent has to know of itself to report usage. */
function withIdentity(template: Template, { agentId, tenant }: DeploymentRecord['desired']): Template {
  const own = [
    { name: 'MOORAGE_AGENT_ID', value: agentId },
    { name: 'MOORAGE_CUSTOMER_ID', value: tenant },
  ];
  const said = new Set(template.env.map(({ name }) => name));
  return { ...template, env: [...own.filter(({ name }) => !said.has(name)), ...template.env] };
}

import { isMoorageError, toMoorageError } from '@moorage/protocol/base';
import type { DeploymentRecord } from '../model/deployment.js';
import type { InstanceSpec } from '../model/instance.js';
import type { Plan, PlanAction } from '../model/plan.js';
import type { ContainerDriver } from '../ports/driver.js';
import type { Fence } from '../ports/store.js';
import { holdCalls } from './deployment-steps.js';
import type { HostContext } from './host-context.js';
import { openSecrets } from './seal-secrets.js';

/** Longest wait for requests in flight to an instance that is about to be removed. */
const drainMs = 10_000;

/**
 * The one caller of what changes the engine. Starts one call per action and returns at once; each end is told. It
 * decides nothing: an error becomes what the next plan gets to see.
 */
export function startActions(
  context: HostContext<ContainerDriver>,
  { record, plan, fence }: { readonly record: DeploymentRecord; readonly plan: Plan; readonly fence: Fence },
  hooks: { readonly onEnd: () => void },
): void {
  for (const action of plan.actions) {
    const { id } = record.desired;
    const flight = context.inFlight.begin(id, action.name, action.kind);
    if (!flight) continue;
    void carryOut(context, record, action, { fence, signal: flight.signal })
      .then(() => {
        const local = context.local.of(id);
        local.failedCalls = 0;
        if (action.kind === 'remove') local.purged = action.purge;
      })
      .catch((thrown) => noteFailure(context, record, action, thrown))
      .finally(() => {
        if (action.kind === 'create') context.local.of(id).purged = false;
        flight.end();
        hooks.onEnd();
      });
  }
}

async function carryOut(
  context: HostContext<ContainerDriver>,
  record: DeploymentRecord,
  action: PlanAction,
  { fence, signal }: { readonly fence: Fence; readonly signal: AbortSignal },
): Promise<void> {
  const { id } = record.desired;
  const { driver, owner } = context;
  await context.crash(`before-${action.kind}`, id);
  // The lease may go while the call waits for its turn, and come back: what was planned by the right of before is not
  // begun by another one (I1's window is the call in flight).
  const mayBegin = () => context.leases.holds(fence);
  if (action.kind === 'create') {
    await driver.create(specOf(context, record, action), {
      signal,
      mayBegin,
      onProgress: (message) => context.logger.log('info', message, { deployment: id, instance: action.name }),
    });
  } else if (action.kind === 'remove') {
    if (action.graceMs > 0) await context.frontDoor.drain(action.name, Math.min(drainMs, action.graceMs));
    await driver.remove(action.name, { owner, signal, mayBegin, graceMs: action.graceMs, purge: action.purge });
  } else if (action.kind === 'park') {
    await driver.park?.(action.name, action.depth, { owner, signal, mayBegin });
  } else {
    await driver.unpark?.(action.name, { owner, signal, mayBegin });
  }
  await context.crash(`after-${action.kind}`, id);
  context.logger.log('info', `${action.kind} ${action.name}: ${action.cause}`, { deployment: id });
}

function specOf(
  context: HostContext,
  record: DeploymentRecord,
  action: Extract<PlanAction, { kind: 'create' }>,
): InstanceSpec {
  const { id, tenant, agentId, restartEpoch } = record.desired;
  const { template } = action;
  const env: Record<string, string> = {
    MOORAGE_AGENT_ID: agentId,
    MOORAGE_CUSTOMER_ID: tenant,
    MOORAGE_INSTANCE_ID: action.name,
  };
  for (const entry of template.env) if ('value' in entry) env[entry.name] = entry.value;
  return {
    kind: 'agent',
    name: action.name,
    owner: context.owner,
    tenant,
    deploymentId: id,
    agentId,
    ordinal: action.ordinal,
    attempt: action.attempt,
    templateHash: action.hash,
    restartEpoch,
    source: template.source,
    command: template.command,
    env,
    secretEnv: openSecrets(template, id, context.secrets),
    port: template.port,
    resources: template.resources,
    user: template.user,
    readOnlyRoot: template.readOnlyRoot,
    isolated: template.isolated,
    egress: template.egress,
    volumes: template.volumes,
    graceMs: template.graceMs,
  };
}

function noteFailure(context: HostContext, record: DeploymentRecord, action: PlanAction, thrown: unknown): void {
  const { id } = record.desired;
  const error = toMoorageError(thrown, `${context.driver.name}.${action.kind}`);
  if (error.code === 'cancelled') return;
  const local = context.local.of(id);
  local.purged = false;
  context.logger.log('warn', `${action.kind} ${action.name} failed: ${error.message}`, {
    deployment: id,
    code: error.code,
  });
  const engineIsAway = error.code === 'unavailable' || error.code === 'timeout';
  if (action.kind === 'create' && !engineIsAway) {
    const curable = isMoorageError(error) && (error.retryable || error.code === 'resource_exhausted');
    const failure = { message: error.message, retryable: curable };
    local.failedCreates = new Map(local.failedCreates).set(action.name, failure);
    return;
  }
  holdCalls(context, id, error);
}

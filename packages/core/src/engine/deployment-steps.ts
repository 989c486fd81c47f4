import { isMoorageError, MoorageError } from '@moorage/protocol/base';
import type { DeploymentRecord } from '../model/deployment.js';
import type { DeploymentId } from '../model/ids.js';
import type { Endpoint, ObservedInstance } from '../model/instance.js';
import type { Plan } from '../model/plan.js';
import type { Backend } from '../ports/front-door.js';
import type { Fence } from '../ports/store.js';
import type { HostContext } from './host-context.js';
import { notFound } from './settle-commit.js';
import { unwatchAll } from './sync-health.js';

/** Steps that both reconcilers take. `address`: where the engine itself spreads requests over the instances. */
export function routeTo(
  context: HostContext,
  record: DeploymentRecord,
  plan: Plan,
  instances: readonly ObservedInstance[],
  address?: Endpoint,
): void {
  const backends: Backend[] = [];
  for (const { name: instance, endpoint: own } of instances) {
    const endpoint = address ?? own;
    if (endpoint && plan.routable.includes(instance)) backends.push({ instance, endpoint });
  }
  context.frontDoor.route(record.address.id, backends);
}

/** Binds the address here, unless it is. Returns the record as it stands then. */
export async function openDoor(
  context: HostContext,
  record: DeploymentRecord,
  fence: Fence,
): Promise<DeploymentRecord> {
  const { address, desired, status } = record;
  if (desired.deletedAt !== undefined || context.frontDoor.url(address.id) !== undefined) return record;
  context.local.of(desired.id).address = address.id;
  try {
    await context.frontDoor.open(address, desired.tenant);
  } catch (thrown) {
    // An address that nobody was told of yet may move; a stable one stays, and whoever holds its port is named.
    const isTaken = isMoorageError(thrown) && thrown.code === 'already_exists' && address.port !== undefined;
    if (!isTaken || status.observedGeneration > 0) throw thrown;
    return openDoor(context, await movePort(context, record, fence, address.port), fence);
  }
  if (!context.leases.fenceFor(desired.id)) {
    // Let go of while it was being bound: whoever let it go did not find it open.
    await context.frontDoor.release(address.id);
    throw new MoorageError('conflict', `Another host opens the address of "${desired.id}" now`);
  }
  context.local.of(desired.id).address = address.id;
  context.cache.changed(desired.id);
  return record;
}

async function movePort(context: HostContext, record: DeploymentRecord, fence: Fence, taken: number) {
  const { desired, revision } = record;
  context.takenPorts.add(taken);
  const cause = `port ${taken} is taken by another program`;
  const result = await context.store.commit({
    deploymentId: desired.id,
    expectedRevision: revision,
    fence,
    desired,
    movePort: { ports: context.ports, avoid: [...context.takenPorts] },
    events: [],
    audit: [{ actor: 'host', action: 'move-address', cause, details: { from: taken } }],
  });
  context.logger.log('info', `The address of ${desired.id} moves to another port: ${cause}`, {
    deployment: desired.id,
  });
  if (!result.record) throw notFound(desired.id);
  context.cache.put(result.record);
  return result.record;
}

export async function closeDoor(context: HostContext, record: DeploymentRecord): Promise<void> {
  await context.crash('before-drop', record.desired.id);
  await context.frontDoor.release(record.address.id);
}

/** This host has nothing to do with it any more: its address is released here, its health is not watched. */
export function leaveDeployment(context: HostContext, id: DeploymentId): void {
  const { address } = context.local.of(id);
  unwatchAll(context, id);
  context.local.forget(id);
  if (address === undefined) return;
  context.frontDoor.release(address).catch((thrown) => {
    context.logger.log('warn', `The address of ${id} could not be released`, { error: String(thrown) });
  });
}

/** It is gone from the store. */
export function forgetDeployment(context: HostContext, id: DeploymentId): void {
  leaveDeployment(context, id);
  context.cache.drop(id);
}

/** A call to the engine has failed: what came of it tells the next look. Not too soon again, the engine may be down. */
export function holdCalls(context: HostContext, id: DeploymentId, error: MoorageError): void {
  const local = context.local.of(id);
  local.failedCalls += 1;
  local.problem = `${error.operation ?? context.driver.name}: ${error.message}`;
  const delayMs = Math.min(500 * 2 ** Math.min(local.failedCalls - 1, 10), 10_000);
  local.holdUntil = context.steadyNow() + delayMs * (0.75 + 0.5 * context.random.next());
}

/** The engine or the store did not answer: nothing is known, so nothing is done but to look again. */
export function retryLater(context: HostContext, id: DeploymentId, tenant: string, error: MoorageError): void {
  const local = context.local.of(id);
  const problem = `${error.operation ?? 'host'}: ${error.message}`;
  if (isMoorageError(error) && (error.code === 'conflict' || error.code === 'not_found')) {
    // Another write came first: read what there is, and decide again.
    context.cache.forget(id);
    local.failedTurns += 1;
    context.enqueueAfter(id, tenant, local.failedTurns > 3 ? 100 : 1);
    return;
  }
  if (error.code === 'cancelled') return;
  local.failedTurns += 1;
  if (local.problem !== problem) context.logger.log('warn', `Cannot work on ${id}: ${problem}`, { code: error.code });
  local.problem = problem;
  const delayMs = Math.min(250 * 2 ** Math.min(local.failedTurns - 1, 10), 10_000);
  context.enqueueAfter(id, tenant, delayMs * (0.75 + 0.5 * context.random.next()));
  context.cache.changed(id);
}

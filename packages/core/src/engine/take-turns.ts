import { toMoorageError } from '@moorage/protocol/base';
import type { DeploymentRecord } from '../model/deployment.js';
import type { DeploymentId } from '../model/ids.js';
import type { Fence } from '../ports/store.js';
import { forgetDeployment, retryLater } from './deployment-steps.js';
import type { HostContext } from './host-context.js';

/** Advances one deployment by one step. Never rejects: what failed is tried again later, and told as its problem. */
export type Reconcile = (id: DeploymentId, tenant: string) => Promise<void>;

/** What a turn begins with: the newest record that this host knows, and its right to work on it. */
export interface Turn {
  readonly known: DeploymentRecord;
  readonly fence: Fence;
}

/** The frame of a turn, the same for both levels of driver; `step` is what the level does in it. */
export function takeTurns(context: HostContext, step: (turn: Turn) => Promise<void>): Reconcile {
  return async (id, tenant) => {
    const local = context.local.of(id);
    try {
      const turn = await beginTurn(context, id);
      if (turn) await step(turn);
      local.failedTurns = 0;
      if (local.failedCalls === 0) local.problem = undefined;
    } catch (thrown) {
      retryLater(context, id, tenant, toMoorageError(thrown, 'host.reconcile'));
    }
  };
}

/** Undefined where there is nothing to do: the deployment is another host's, or gone. */
async function beginTurn(context: HostContext, id: DeploymentId): Promise<Turn | undefined> {
  const fence = context.leases.fenceFor(id);
  if (!fence) return undefined;
  const known = context.cache.get(id) ?? (await context.store.read(id));
  if (!known) {
    forgetDeployment(context, id);
    return undefined;
  }
  context.cache.put(known);
  context.local.of(id).rest = undefined;
  return { known, fence };
}

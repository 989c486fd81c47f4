import { MoorageError } from '@moorage/protocol/base';
import type { DeploymentId, TenantId } from '../model/ids.js';
import type { CommitResult } from '../ports/store.js';
import type { HostContext } from './host-context.js';

/** What every commit of a wish is followed by: the cache, the readers of events, and the work. */
export function settleCommit(context: HostContext, id: DeploymentId, tenant: TenantId, result: CommitResult): void {
  if (result.record) context.cache.put(result.record);
  context.feed.wake(result.events.at(-1)?.cursor);
  context.inFlight.abortCreates(id);
  const local = context.local.peek(id);
  if (local) local.holdUntil = 0;
  context.enqueue(id, tenant);
}

export function notFound(id: DeploymentId): MoorageError {
  return new MoorageError('not_found', `There is no deployment "${id}"`, { context: { deploymentId: id } });
}

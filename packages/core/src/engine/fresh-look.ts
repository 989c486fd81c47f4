import { shardOf } from '../decide/shard-of.js';
import type { DeploymentId } from '../model/ids.js';
import type { HostContext } from './host-context.js';
import type { Look, Observer } from './observer.js';

/**
 * Hands `use` a look that began after everything that was done to this deployment: by this host, and by the host that had its shard
 * before. A call may end while a look is under way: what that look shows is older than the end, and is not planned
 * from. A hint that comes meanwhile is for the turn that it asks for: one that waited for looks between hints would
 * never begin where others write all the time.
 *
 * `use` plans at once, without waiting: in the moment that an answer takes to reach whoever waits for it, a call may end.
 */
export async function withFreshLook<T, R>(
  context: HostContext,
  observer: Observer<T>,
  id: DeploymentId,
  use: (look: Look<T>) => R,
): Promise<R> {
  const newestAct = () =>
    Math.max(context.local.of(id).actedStamp, context.gainedStamps.get(shardOf(id)) ?? Number.NEGATIVE_INFINITY);
  const { hintedStamp } = context.local.of(id);
  for (;;) {
    const look = await observer.after(Math.max(hintedStamp, newestAct()));
    if (look.stamp > newestAct()) return use(look);
  }
}

import { shardOf } from '../decide/shard-of.js';
import { leaveDeployment } from './deployment-steps.js';
import type { HostContext } from './host-context.js';

/**
 * Another host works on these shards from now on: it binds their addresses and watches their health. What is cached is
 * forgotten, since its writes are not seen here.
 */
export function letGoShards(context: HostContext, shards: readonly number[]): void {
  const lost = new Set(shards);
  for (const [id] of [...context.local.all()]) {
    if (!lost.has(shardOf(id))) continue;
    context.inFlight.abortCreates(id);
    leaveDeployment(context, id);
    context.cache.forget(id);
  }
  context.logger.log('info', 'Another host takes over a share of the work', { shards: shards.length });
}

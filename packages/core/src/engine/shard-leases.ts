import { shardOf } from '../decide/shard-of.js';
import { shareOf } from '../decide/share-of.js';
import type { DeploymentId, HostId } from '../model/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Fence, Store } from '../ports/store.js';

/**
 * Owns which deployments this host works on: its share of the shards among the hosts that are alive. A lease that could
 * not be renewed in time is treated as lost before the store gives it to another, so that no call is made without the
 * right.
 */
export interface ShardLeases {
  /** The right to write for this deployment, or undefined when another host has it, or ours has lapsed. */
  fenceFor(id: DeploymentId): Fence | undefined;
  held(): readonly number[];
  /** One round of taking and renewing. Rejects as the store does. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

export function createShardLeases(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hostId: HostId;
  readonly leaseMs: number;
  /** Shards that this host has got since the last round. */
  readonly onGained: (shards: readonly number[]) => void;
  readonly onLost: (shards: readonly number[]) => void;
}): ShardLeases {
  let fences = new Map<number, Fence>();
  /** Monotonic; counted from before the call, so that we end before the store does. */
  let validUntilMs = 0;
  let closed = false;
  let stopTimer = () => {};
  let running: Promise<void> | undefined;

  const round = async () => {
    const startedMs = deps.clock.monotonic();
    const share = shareOf(deps.hostId, await deps.store.holders());
    const surplus = [...fences.keys()].filter((shard) => !share.has(shard));
    if (surplus.length > 0) {
      // Let go before another may take it: from here on no call is made for these.
      for (const shard of surplus) fences.delete(shard);
      deps.onLost(surplus);
      await deps.store.acquireLeases(deps.hostId, surplus, 0);
    }
    const got = await deps.store.acquireLeases(deps.hostId, [...share], deps.leaseMs);
    if (closed) return;
    const lapsed = startedMs > validUntilMs;
    validUntilMs = startedMs + deps.leaseMs;
    const next = new Map(got.map((fence) => [fence.shard, fence]));
    const gained = [...next.values()].filter((fence) => lapsed || fences.get(fence.shard)?.token !== fence.token);
    const lost = [...fences.keys()].filter((shard) => !next.has(shard));
    fences = next;
    if (lost.length > 0) deps.onLost(lost);
    if (gained.length > 0) deps.onGained(gained.map((fence) => fence.shard));
  };

  const renew = () => {
    running ??= round().finally(() => {
      running = undefined;
    });
    return running;
  };

  const tick = () => {
    stopTimer = deps.clock.setTimer(Math.max(50, Math.floor(deps.leaseMs / 3)), () => {
      renew()
        .catch((thrown) => deps.logger.log('warn', 'The leases could not be renewed', { error: String(thrown) }))
        .finally(() => {
          if (!closed) tick();
        });
    });
  };
  tick();

  return {
    fenceFor: (id) => (!closed && deps.clock.monotonic() < validUntilMs ? fences.get(shardOf(id)) : undefined),
    held: () => [...fences.keys()],
    renew,
    async close() {
      closed = true;
      stopTimer();
      await running?.catch(() => undefined);
      if (fences.size > 0) await deps.store.releaseLeases(deps.hostId).catch(() => undefined);
      fences.clear();
    },
  };
}

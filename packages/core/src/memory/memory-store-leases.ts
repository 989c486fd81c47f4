import type { HostId } from '../model/ids.js';
import type { Fence } from '../ports/store.js';
import type { MemoryStoreState } from './memory-store-state.js';

/**
 * Takes what is free, lapsed or the holder's own. A lapsed lease gets a new token even when the same holder takes it.
 */
export function acquireLeases(
  state: MemoryStoreState,
  holder: HostId,
  shards: readonly number[],
  ttlMs: number,
): readonly Fence[] {
  const now = state.clock.monotonic();
  state.hosts.set(holder, now + ttlMs);
  const fences: Fence[] = [];
  const wanted = new Set(shards);
  for (const [shard, lease] of state.leases.entries()) {
    if (!wanted.has(shard)) continue;
    const live = lease.holder !== undefined && lease.expiresAt > now;
    if (live && lease.holder !== holder) continue;
    if (!live) lease.token += 1;
    lease.holder = holder;
    lease.expiresAt = now + ttlMs;
    fences.push({ shard, token: lease.token, holder });
  }
  return fences;
}

export function releaseLeases(state: MemoryStoreState, holder: HostId): void {
  state.hosts.delete(holder);
  for (const lease of state.leases) {
    if (lease.holder === holder) lease.holder = undefined;
  }
}

/** Hosts that asked for leases not longer ago than their time, also those that got none. */
export function liveHolders(state: MemoryStoreState): readonly HostId[] {
  const now = state.clock.monotonic();
  return [...state.hosts]
    .filter(([, expiresAt]) => expiresAt > now)
    .map(([holder]) => holder)
    .sort();
}

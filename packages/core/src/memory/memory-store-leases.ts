import { otherEngine } from '../decide/commit-errors.js';
import type { EngineId, HostId } from '../model/ids.js';
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
  engine?: EngineId | undefined,
): readonly Fence[] {
  const now = state.clock.monotonic();
  if (ttlMs > 0) noteHost(state, holder, now + ttlMs, engine);
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

/** Among hosts of two engines the one that came first is right; the other one is not counted among the hosts. */
function noteHost(state: MemoryStoreState, holder: HostId, expiresAt: number, engine: EngineId | undefined): void {
  const now = state.clock.monotonic();
  const known = state.hosts.get(holder);
  const mine = known && known.expiresAt > now ? known : undefined;
  for (const [other, host] of state.hosts) {
    const wasFirst = host.expiresAt > now && host.joined < (mine?.joined ?? Number.POSITIVE_INFINITY);
    if (!wasFirst || host.engine === undefined || engine === undefined || host.engine === engine) continue;
    throw otherEngine({ holder, engine }, { holder: other, engine: host.engine });
  }
  const joined = mine?.joined ?? 1 + Math.max(0, ...[...state.hosts.values()].map((host) => host.joined));
  state.hosts.set(holder, { expiresAt, joined, engine: engine ?? mine?.engine });
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
    .filter(([, { expiresAt }]) => expiresAt > now)
    .map(([holder]) => holder)
    .sort();
}

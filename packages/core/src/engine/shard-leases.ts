import { type MoorageError, toMoorageError } from '@moorage/protocol/base';
import { sameData } from '../decide/same-data.js';
import { shardOf } from '../decide/shard-of.js';
import { shareOf } from '../decide/share-of.js';
import type { DeploymentId, EngineId, HostId } from '../model/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Fence, Store } from '../ports/store.js';
import { knownEngine } from './known-engine.js';

/**
 * Owns which deployments this host works on: its share of the shards among the hosts that are alive. A lease that could
 * not be renewed in time is treated as lost before the store gives it to another, so that no call is made without the
 * right.
 */
export interface ShardLeases {
  /** The right to write for this deployment, or undefined when another host has it, or ours has lapsed. */
  fenceFor(id: DeploymentId): Fence | undefined;
  /** Whether this is the right that this host has now: not one of before, which lapsed and came back as another. */
  holds(fence: Fence): boolean;
  held(): readonly number[];
  /** Why the last round failed, if it did: the store does not take what this host has to write. */
  problem(): string | undefined;
  /** One round of taking and renewing. Rejects as the store does. */
  renew(): Promise<void>;
  /**
   * This host has seen which engine it works on: nothing is planned from what it has seen before the store knows that,
   * too. Error: `conflict` where another host works on another engine; this one has no work from then on, for good.
   */
  workOn(engine: EngineId): Promise<void>;
  /** That error. */
  refusal(): MoorageError | undefined;
  close(): Promise<void>;
}

export interface ShardLeasesDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hostId: HostId;
  readonly leaseMs: number;
  /** Shards that this host has got since the last round. */
  readonly onGained: (shards: readonly number[]) => void;
  readonly onLost: (shards: readonly number[]) => void;
}

export function createShardLeases(deps: ShardLeasesDeps): ShardLeases {
  let fences = new Map<number, Fence>();
  /** Monotonic; counted from before the call, so that we end before the store does. */
  let validUntilMs = 0;
  let closed = false;
  let running: Promise<void> | undefined;
  const outcome = lastOutcome();
  const shareAmong = knownShare(deps.hostId);
  const isValid = () => !closed && deps.clock.monotonic() < validUntilMs;
  const engine = knownEngine((error) => {
    const lost = [...fences.keys()];
    fences = new Map();
    return giveUp(deps, lost, error);
  });
  const round = async () => {
    const startedMs = deps.clock.monotonic();
    const share = shareAmong(await deps.store.holders());
    const surplus = [...fences.keys()].filter((shard) => !share.has(shard));
    if (surplus.length > 0) {
      // Let go before another may take it: from here on no call is made for these.
      for (const shard of surplus) fences.delete(shard);
      deps.onLost(surplus);
      await deps.store.acquireLeases(deps.hostId, surplus, 0);
    }
    const got = await engine.acquire((known) => deps.store.acquireLeases(deps.hostId, [...share], deps.leaseMs, known));
    if (closed) return;
    const lapsed = startedMs > validUntilMs;
    validUntilMs = startedMs + deps.leaseMs;
    const next = new Map(got.map((fence) => [fence.shard, fence]));
    const isNew = ({ shard, token }: Fence) => lapsed || fences.get(shard)?.token !== token;
    const gained = got.filter(isNew).map(({ shard }) => shard);
    const lost = shardsLost(fences, next);
    fences = next;
    if (lost.length > 0) deps.onLost(lost);
    if (gained.length > 0) deps.onGained(gained);
  };

  const renew = () => {
    running ??= outcome.of(round()).finally(() => {
      running = undefined;
    });
    return running;
  };

  const stopRenewing = keepRenewing(deps, renew);

  return {
    fenceFor: (id) => (isValid() ? fences.get(shardOf(id)) : undefined),
    holds: ({ shard, token }) => isValid() && fences.get(shard)?.token === token,
    held: () => [...fences.keys()],
    problem: outcome.problem,
    renew,
    async workOn(seen) {
      if (!engine.see(seen)) return;
      // A round that is under way does not tell it yet.
      await running?.catch(() => undefined);
      await renew();
    },
    refusal: engine.refusal,
    async close() {
      closed = true;
      stopRenewing();
      await running?.catch(() => undefined);
      if (fences.size > 0) await deps.store.releaseLeases(deps.hostId).catch(() => undefined);
      fences.clear();
    },
  };
}

/** A host that has no work yet is only just starting: its start fails with the error, which tells it. */
async function giveUp(deps: ShardLeasesDeps, lost: readonly number[], error: MoorageError): Promise<void> {
  if (lost.length > 0) {
    deps.onLost(lost);
    deps.logger.log('error', error.message);
  }
  await deps.store.releaseLeases(deps.hostId).catch(() => undefined);
}

/** A round at each third of the time, also after one that failed; until the returned function is called. */
function keepRenewing({ clock, logger, leaseMs }: ShardLeasesDeps, renew: () => Promise<void>): () => void {
  let stopped = false;
  let stopTimer = () => {};
  const tick = () => {
    stopTimer = clock.setTimer(Math.max(50, Math.floor(leaseMs / 3)), () => {
      renew()
        .catch((thrown) => logger.log('warn', 'The leases could not be renewed', { error: String(thrown) }))
        .finally(() => {
          if (!stopped) tick();
        });
    });
  };
  tick();
  return () => {
    stopped = true;
    stopTimer();
  };
}

/** The share of one host: it is only worked out anew when a host has come or gone. */
function knownShare(hostId: HostId): (alive: readonly HostId[]) => ReadonlySet<number> {
  let known: { readonly alive: readonly HostId[]; readonly share: ReadonlySet<number> } | undefined;
  return (alive) => {
    if (!known || !sameData(known.alive, alive)) known = { alive, share: shareOf(hostId, alive) };
    return known.share;
  };
}

/** Remembers why the last piece of work failed, if it did. */
function lastOutcome() {
  let problem: string | undefined;
  return {
    problem: () => problem,
    async of(work: Promise<void>): Promise<void> {
      try {
        await work;
        problem = undefined;
      } catch (thrown) {
        problem = toMoorageError(thrown).message;
        throw thrown;
      }
    },
  };
}

/**
 * Shards that another host has now, or had in between: what is remembered of them is of before. Each time that a lease
 * is taken anew its token rises by one; one that only lapsed, as when the store was away, was nobody else's.
 */
function shardsLost(before: ReadonlyMap<number, Fence>, now: ReadonlyMap<number, Fence>): number[] {
  return [...before.values()]
    .filter(({ shard, token }) => (now.get(shard)?.token ?? Number.POSITIVE_INFINITY) > token + 1)
    .map(({ shard }) => shard);
}

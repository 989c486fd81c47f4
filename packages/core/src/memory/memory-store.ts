import { storeClosed } from '../decide/commit-errors.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import type { Store } from '../ports/store.js';
import { backUp } from './memory-store-backup.js';
import { commitToMemory } from './memory-store-commit.js';
import { acquireLeases, liveHolders, releaseLeases } from './memory-store-leases.js';
import {
  listAddresses,
  listDeployments,
  listIncidents,
  listUsage,
  newestFirst,
  readEvents,
} from './memory-store-reads.js';
import { addHealthChecks, addUsage, lastHealthChecks, prune } from './memory-store-records.js';
import {
  cursorAt,
  latestPosition,
  type MemoryStoreLimits,
  type MemoryStoreState,
  memoryStoreState,
  pairKey,
} from './memory-store-state.js';

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** Makes the owner's id. */
  readonly random: Random;
  /** [100 000 events, 100 health checks a deployment, 10 000 incidents, 100 000 usage events] the oldest go first. */
  readonly limits?: Partial<MemoryStoreLimits> | undefined;
}

/** A store, and further handles on what it holds. */
export interface MemoryStore extends Store {
  /**
   * Another handle on the same data, as another host process or the next life of this one has it; closed on its own.
   */
  open(): MemoryStore;
  /** A backup of everything but who watches; the returned function brings it back. Hosts have to be down meanwhile. */
  backup(): () => void;
  /** The inside, for simulations; not for users. */
  readonly inside: MemoryStoreState;
}

/**
 * Keeps everything in this process; nothing outlives it. For tests, for trying things out, and for hosts whose agents
 * may be forgotten. Records are handed out as they are kept: whoever changes one breaks its read-only type.
 */
export function memoryStore(options: MemoryStoreOptions): MemoryStore {
  return handleOn(
    memoryStoreState(options.clock, options.random, {
      events: 100_000,
      healthChecksPerDeployment: 100,
      incidents: 10_000,
      usage: 100_000,
      ...options.limits,
    }),
  );
}

const nothing = { instances: 0, cpuMillis: 0, memoryBytes: 0 } as const;

function handleOn(state: MemoryStoreState): MemoryStore {
  let closed = false;
  const mine = new Set<(deploymentId: string) => void>();
  /** Every call answers in a later microtask, and refuses once this handle is closed. */
  const call = async <T>(run: () => T): Promise<T> => {
    await undefined;
    if (closed) throw storeClosed('memory');
    return run();
  };
  return {
    contract: 1,
    name: 'memory',
    open: () => handleOn(state),
    backup: () => backUp(state),
    inside: state,
    owner: () => call(() => state.owner),
    commit: (commit) =>
      call(() => {
        const result = commitToMemory(state, commit);
        tellWatchers(state, commit.deploymentId);
        return result;
      }),
    read: (id) => call(() => state.deployments.get(id)?.record),
    list: (filter, page) => call(() => listDeployments(state, filter, page)),
    quotaUse: (tenant) => call(() => state.use.get(tenant) ?? nothing),
    addresses: (filter) => call(() => listAddresses(state, filter)),
    events: (query) => call(() => readEvents(state, query)),
    latestCursor: () => call(() => cursorAt(latestPosition(state.events))),
    watch(hint) {
      if (closed) return () => {};
      // A function of its own for each call: the same hint may be given twice.
      const watcher = (deploymentId: string) => hint(deploymentId);
      state.watchers.add(watcher);
      mine.add(watcher);
      return () => {
        state.watchers.delete(watcher);
        mine.delete(watcher);
      };
    },
    audit: (id) => call(() => [...(state.audit.get(id) ?? [])]),
    incidents: (filter, limit) => call(() => listIncidents(state, filter, limit)),
    scalingEvents: (id, limit) => call(() => newestFirst(state.scaling.get(id) ?? [], limit, (row) => row.createdAt)),
    addHealthChecks: (records) => call(() => addHealthChecks(state, records)),
    healthChecks: (id, limit) => call(() => lastHealthChecks(state, [id], limit)),
    lastHealthChecks: (ids, limitEach) => call(() => lastHealthChecks(state, ids, limitEach)),
    addUsage: (events) => call(() => addUsage(state, events)),
    usage: (filter, page) => call(() => listUsage(state, filter, page)),
    findIdempotent: (tenant, key) => call(() => state.idempotency.get(pairKey(tenant, key))),
    acquireLeases: (holder, shards, ttlMs, engine) => call(() => acquireLeases(state, holder, shards, ttlMs, engine)),
    releaseLeases: (holder) => call(() => releaseLeases(state, holder)),
    holders: () => call(() => liveHolders(state)),
    prune: (retention) => call(() => prune(state, retention)),
    async close() {
      closed = true;
      for (const watcher of mine) state.watchers.delete(watcher);
      mine.clear();
    },
  };
}

/** A watcher that throws hurts neither the commit nor the others: what it gets is only a hint. */
function tellWatchers(state: MemoryStoreState, deploymentId: string): void {
  for (const watcher of [...state.watchers]) {
    try {
      watcher(deploymentId);
    } catch {
      // Nobody here could act on it.
    }
  }
}

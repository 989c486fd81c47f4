import type { MemoryStoreState } from './memory-store-state.js';

/** Copies all that a store holds; the returned function puts it back, as often as it is called. */
export function backUp(state: MemoryStoreState): () => void {
  const kept = copyOf(state);
  return () => {
    const again = copyOf(kept);
    for (const key of maps) refill(state[key] as Map<unknown, unknown>, again[key] as Map<unknown, unknown>);
    for (const key of sets) refillSet(state[key] as Set<unknown>, again[key] as Set<unknown>);
    Object.assign(state.events, again.events);
    for (const [shard, lease] of state.leases.entries()) Object.assign(lease, again.leases[shard]);
    state.incidents = again.incidents;
    state.usage = again.usage;
    state.deploymentSequence = again.deploymentSequence;
    state.usageSequence = again.usageSequence;
  };
}

const maps = ['deployments', 'names', 'use', 'audit', 'scaling', 'health', 'idempotency', 'hosts'] as const;
const sets = ['dropped', 'ports', 'usageIds'] as const;

/** As deep as the state is changed in place; records themselves never are. */
function copyOf(state: MemoryStoreState): MemoryStoreState {
  return {
    ...state,
    deployments: new Map([...state.deployments].map(([id, stored]) => [id, { ...stored }])),
    names: new Map(state.names),
    use: new Map(state.use),
    audit: copyLists(state.audit),
    scaling: copyLists(state.scaling),
    health: copyLists(state.health),
    idempotency: new Map(state.idempotency),
    hosts: new Map(state.hosts),
    dropped: new Set(state.dropped),
    ports: new Set(state.ports),
    usageIds: new Set(state.usageIds),
    events: { items: [...state.events.items], pruned: state.events.pruned },
    leases: state.leases.map((lease) => ({ ...lease })),
    incidents: [...state.incidents],
    usage: [...state.usage],
  };
}

function copyLists<T>(lists: ReadonlyMap<string, readonly T[]>): Map<string, T[]> {
  return new Map([...lists].map(([key, list]) => [key, [...list]]));
}

function refill(target: Map<unknown, unknown>, source: ReadonlyMap<unknown, unknown>): void {
  target.clear();
  for (const [key, value] of source) target.set(key, value);
}

function refillSet(target: Set<unknown>, source: ReadonlySet<unknown>): void {
  target.clear();
  for (const value of source) target.add(value);
}

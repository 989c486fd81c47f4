import type { DeploymentRecord } from '../../model/deployment.js';
import type { SimWorld } from './sim-world.js';

/** What was wanted of each deployment in the last minute: what is on the engine now may still be of then. */
export interface Wishes {
  /** The record as it was committed last. */
  latest(id: string): DeploymentRecord | undefined;
  /** To be called after each commit; undefined: it was dropped. */
  committed(id: string, record: DeploymentRecord | undefined): void;
  /** Hashes that were the wish, or where a roll-back goes, a moment ago. */
  wanted(id: string): ReadonlySet<string>;
  oldestGeneration(id: string): number;
  /** The most instances that were wanted at once. */
  mostReplicas(id: string): number;
  forget(): void;
}

/** Calls that hang are given up within it. */
const memoryMs = 60_000;

interface Entry {
  readonly record: DeploymentRecord;
  /** When another one took its place. */
  until: number;
}

export function createWishes(world: SimWorld): Wishes {
  const byId = new Map<string, Entry[]>();
  const recent = (id: string): readonly Entry[] => {
    const list = byId.get(id);
    if (!list) return [];
    const oldest = world.clock.monotonic() - memoryMs;
    while (list[0] && list[0].until < oldest) list.shift();
    return list;
  };
  return {
    latest: (id) => byId.get(id)?.at(-1)?.record,
    committed(id, record) {
      const list = byId.get(id) ?? [];
      byId.set(id, list);
      const last = list.at(-1);
      if (last) last.until = world.clock.monotonic();
      if (record) list.push({ record, until: Number.POSITIVE_INFINITY });
      recent(id);
    },
    wanted: (id) =>
      new Set(recent(id).flatMap(({ record }) => [record.desired.templateHash, record.status.lastReady?.hash ?? ''])),
    oldestGeneration: (id) => recent(id)[0]?.record.desired.generation ?? 0,
    mostReplicas: (id) => recent(id).reduce((most, { record }) => Math.max(most, record.desired.replicas), 0),
    forget() {
      byId.clear();
      for (const [id, { record }] of world.store.inside.deployments) {
        byId.set(id, [{ record, until: Number.POSITIVE_INFINITY }]);
      }
    },
  };
}

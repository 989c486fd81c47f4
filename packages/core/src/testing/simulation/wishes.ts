import type { DeploymentRecord, DesiredState } from '../../model/deployment.js';
import type { SimWorld } from './sim-world.js';

/**
 * What was wanted of each deployment a minute ago, or is not seen yet by a host: what is on the engine may be of then.
 */
export interface Wishes {
  /** The record as it was committed last. */
  latest(id: string): DeploymentRecord | undefined;
  /** To be called after each commit; undefined: it was dropped. */
  committed(id: string, record: DeploymentRecord | undefined): void;
  /** Whether this hash was the wish, or where a roll-back goes, a moment ago. */
  isWanted(id: string, hash: string): boolean;
  /** What was the wish a moment ago, oldest first. */
  recent(id: string): readonly DesiredState[];
  /** The generation that was the wish just before, as far back as is remembered. */
  generationBefore(id: string, ms: number): number | undefined;
  /** The most instances that were wanted at once. */
  mostReplicas(id: string): number;
  /** Since when the version that failed is known as such; undefined: none is. */
  givenUpMs(id: string): number | undefined;
  forget(): void;
}

/** Calls that hang are given up within it. */
const memoryMs = 60_000;

interface Entry {
  readonly record: DeploymentRecord;
  readonly since: number;
  /** When another one took its place, and a host had seen it. */
  until: number;
}

export function createWishes(world: SimWorld): Wishes {
  const byId = new Map<string, Entry[]>();
  const givenUp = new Map<string, { readonly hash: string; readonly atMs: number }>();
  const recent = (id: string): readonly Entry[] => {
    const list = byId.get(id);
    if (!list) return [];
    const oldest = world.clock.monotonic() - memoryMs;
    const kept = list.filter((entry) => entry.until >= oldest);
    if (kept.length < list.length) byId.set(id, kept);
    return kept;
  };
  return {
    latest: (id) => byId.get(id)?.at(-1)?.record,
    committed(id, record) {
      const list = byId.get(id) ?? [];
      byId.set(id, list);
      const now = world.clock.monotonic();
      const failed = record?.status.failedHash;
      if (failed === undefined) givenUp.delete(id);
      else if (givenUp.get(id)?.hash !== failed) givenUp.set(id, { hash: failed, atMs: now });
      // A wish is over when a host has seen a later one, however long that takes.
      const seen = record?.status.observedGeneration ?? Number.POSITIVE_INFINITY;
      for (const entry of list) {
        const { generation } = entry.record.desired;
        const isOver = generation < seen || generation === record?.desired.generation;
        if (isOver) entry.until = Math.min(entry.until, now);
      }
      if (record) list.push({ record, since: now, until: Number.POSITIVE_INFINITY });
      recent(id);
    },
    isWanted: (id, hash) =>
      recent(id).some(
        ({ record: { desired, status } }) => desired.templateHash === hash || (status.lastReady?.hash ?? '') === hash,
      ),
    recent: (id) => recent(id).map(({ record }) => record.desired),
    generationBefore: (id, ms) => recent(id).findLast(({ since }) => since < ms)?.record.desired.generation,
    mostReplicas: (id) =>
      recent(id).reduce((most, { record: { desired } }) => Math.max(most, desired.scaling?.max ?? desired.replicas), 0),
    givenUpMs: (id) => givenUp.get(id)?.atMs,
    forget() {
      byId.clear();
      givenUp.clear();
      for (const [id, { record }] of world.store.inside.deployments) {
        byId.set(id, [{ record, since: world.clock.monotonic(), until: Number.POSITIVE_INFINITY }]);
      }
    },
  };
}

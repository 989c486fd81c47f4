import type { AddressRecord, DeploymentRecord, DeploymentStatus, DesiredState } from '../model/deployment.js';
import type { DeploymentId } from '../model/ids.js';
import { samePolicy } from './health-target.js';

/**
 * The records that this host knows, and who waits for a change of one. A record of a lower revision never replaces a
 * newer one. It is a cache: the store decides, by revision, whether what was planned from it may be written.
 */
export interface DeploymentCache {
  get(id: DeploymentId): DeploymentRecord | undefined;
  put(record: DeploymentRecord): void;
  /** The record is gone from the store. */
  drop(id: DeploymentId): void;
  /** Not known any more; the next reader asks the store. */
  forget(id: DeploymentId): void;
  isDropped(id: DeploymentId): boolean;
  all(): IterableIterator<DeploymentRecord>;
  size(): number;
  /** Calls back after each change of this deployment, of record or of what only this host knows. */
  onChange(id: DeploymentId, listener: () => void): () => void;
  changed(id: DeploymentId): void;
}

/** Dropped ids are remembered so that a late reader learns that they are gone; the oldest are forgotten. */
const droppedMax = 10_000;

export function createDeploymentCache(): DeploymentCache {
  const records = new Map<DeploymentId, DeploymentRecord>();
  const dropped = new Set<DeploymentId>();
  const listeners = new Map<DeploymentId, Set<() => void>>();
  const changed = (id: DeploymentId) => {
    const waiting = listeners.get(id);
    if (waiting) for (const listener of [...waiting]) listener();
  };
  return {
    get: (id) => records.get(id),
    put(record) {
      const { id } = record.desired;
      const known = records.get(id);
      // What has the same revision says the same: the old one stays, so that reading everything again keeps nothing.
      if (dropped.has(id) || (known && known.revision >= record.revision)) return;
      records.set(id, withoutDoubles(record));
      changed(id);
    },
    drop(id) {
      records.delete(id);
      dropped.add(id);
      for (const oldest of dropped) {
        if (dropped.size <= droppedMax) break;
        dropped.delete(oldest);
      }
      changed(id);
    },
    forget(id) {
      records.delete(id);
    },
    isDropped: (id) => dropped.has(id),
    all: () => records.values(),
    size: () => records.size,
    onChange(id, listener) {
      const set = listeners.get(id) ?? new Set();
      set.add(listener);
      listeners.set(id, set);
      return () => {
        set.delete(listener);
        if (set.size === 0 && listeners.get(id) === set) listeners.delete(id);
      };
    },
    changed,
  };
}

/**
 * What a store gives twice is kept once: the names that an address repeats and, in the steady state, the version that
 * was ready last, which is the one that is wanted. It is a tenth less heap for each deployment.
 */
function withoutDoubles(record: DeploymentRecord): DeploymentRecord {
  const { desired, status, address } = record;
  return {
    ...record,
    status: withoutDoubleVersion(desired, status),
    address: withoutDoubleNames(desired, address),
  };
}

function withoutDoubleNames({ id, tenant, agentId }: DesiredState, address: AddressRecord): AddressRecord {
  const same = address.deploymentId === id && address.tenant === tenant && address.agentId === agentId;
  return same ? { ...address, deploymentId: id, tenant, agentId } : address;
}

function withoutDoubleVersion(desired: DesiredState, status: DeploymentStatus): DeploymentStatus {
  const { lastReady } = status;
  if (!lastReady || lastReady.hash !== desired.templateHash) return status;
  const health = samePolicy(lastReady.health, desired.health) ? desired.health : lastReady.health;
  return { ...status, lastReady: { hash: desired.templateHash, template: desired.template, health } };
}

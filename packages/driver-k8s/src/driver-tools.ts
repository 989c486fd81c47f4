import type { OwnerId } from '@moorage/core/driver';
import type { KubeClient } from './kube-client.js';
import type { OwnerCache } from './owner-cache.js';
import type { Ways } from './to-address.js';
import type { ObjectOptions } from './to-objects.js';

/** What every operation of the driver works with. */
export interface DriverTools {
  readonly client: KubeClient;
  readonly options: ObjectOptions;
  /** How agents are reached. */
  readonly ways: Ways;
  /** The owner's cache, in sync and of the cluster that it began with. */
  cache(owner: OwnerId, signal: AbortSignal): Promise<OwnerCache>;
  /** How many calls are making something in a namespace now: it is not removed meanwhile. */
  readonly making: Map<string, number>;
  /** Deployments, by uid, in which others' changes were put back: once, or two of a kind would fight for ever. */
  readonly putBack: Set<string>;
  /** Deletions whose last part is under way already: whoever asks again meanwhile has nothing to add. */
  readonly finishing: Set<string>;
  /** Aborted when the driver is closed. */
  readonly closing: AbortSignal;
}

/** Everything in it counts as making something in the namespace. */
export async function whileMaking<T>({ making }: DriverTools, namespace: string, work: () => Promise<T>): Promise<T> {
  making.set(namespace, (making.get(namespace) ?? 0) + 1);
  try {
    return await work();
  } finally {
    const left = (making.get(namespace) ?? 1) - 1;
    if (left > 0) making.set(namespace, left);
    else making.delete(namespace);
  }
}

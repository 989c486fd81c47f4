import { MoorageError } from '@moorage/core/driver';
import { pathOf } from './kinds.js';
import type { KubeClient } from './kube-client.js';
import type { KubeObject } from './kube-objects.js';

/** Which cluster it is: the uid of its namespace `kube-system`, and that it still answers. */
export interface EngineIdentity {
  /**
   * The cluster's identity, from memory where a sign of life is fresh enough. Errors: `unavailable` when another
   * cluster answers than at first; whatever the request gave.
   */
  check(signal: AbortSignal): Promise<string>;
  /** The API server has just said something. */
  heard(): void;
  /** A connection broke: what answers next may be another cluster. */
  doubt(): void;
}

/** A sign of life holds for so long. */
const freshMs = 10_000;
/** The identity itself is asked for again after so long. */
const identityMs = 60_000;
const answerMs = 10_000;

export function engineIdentity(client: KubeClient): EngineIdentity {
  let first: string | undefined;
  let heardAt = Number.NEGATIVE_INFINITY;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<string> | undefined;

  const ask = async (): Promise<string> => {
    const space = await client.json<KubeObject>({
      method: 'GET',
      path: pathOf('Namespace', undefined, 'kube-system'),
      signal: AbortSignal.timeout(answerMs),
    });
    const uid = space.metadata.uid ?? '';
    if (first !== undefined && first !== uid) throw exchanged(client.address, first, uid);
    first = uid;
    heardAt = checkedAt = performance.now();
    return uid;
  };

  return {
    async check(signal) {
      signal.throwIfAborted();
      const now = performance.now();
      if (first !== undefined && now - heardAt < freshMs && now - checkedAt < identityMs) return first;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return untilAborted(asking, signal);
    },
    heard() {
      heardAt = performance.now();
    },
    doubt() {
      checkedAt = Number.NEGATIVE_INFINITY;
    },
  };
}

function exchanged(address: string, before: string, now: string): MoorageError {
  return new MoorageError(
    'unavailable',
    `Another cluster answers at "${address}" than before (kube-system was ${before}, is ${now}): restart the host if that is meant`,
    { operation: 'driver.list', context: { cluster: address, before, now } },
  );
}

/** Several callers may share the work; each leaves by its own signal. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

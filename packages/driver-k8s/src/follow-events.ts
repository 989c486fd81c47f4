import { scheduler } from 'node:timers/promises';
import { httpStatusOf } from './classify-error.js';
import { eventMemory } from './event-memory.js';
import { type EventSubject, type Lookup, subjectOf } from './event-subject.js';
import { type FollowTimes, followKind } from './follow-kind.js';
import type { KubeClient } from './kube-client.js';
import type { EventObject, KubeObject } from './kube-objects.js';
import { toWarning } from './to-warning.js';

export interface EventStream {
  readonly memory: ReturnType<typeof eventMemory>;
  /** Runs until the signal aborts. To be begun when what events are about has been read. */
  follow(signal: AbortSignal): Promise<void>;
}

export interface EventStreamOptions {
  readonly client: KubeClient;
  readonly namespace: string | undefined;
  readonly times: FollowTimes;
  readonly find: Lookup;
  /** Something new about a deployment. */
  readonly noted: (deploymentId: string) => void;
  /** The API server said something. */
  readonly heard: () => void;
}

/** After it was refused, the right to read events may come any time, and is not worth many requests. */
const refusedMs = 300_000;

/**
 * The cluster's warnings about our objects: one stream for all namespaces, of which nothing is kept but what is ours.
 * Events say why where conditions do not; without the right to read them there are none, and nothing else changes.
 */
export function eventStream({ client, namespace, times, find, noted, heard }: EventStreamOptions): EventStream {
  const memory = eventMemory(Date.now);
  const subject = (object: KubeObject): EventSubject | undefined => subjectOf(object as EventObject, find);
  const take = (object: KubeObject) => {
    const concerned = subject(object);
    if (!concerned) return;
    memory.note(concerned.key, toWarning(object as EventObject));
    noted(concerned.deploymentId);
  };
  const keep = (object: KubeObject) => subject(object) !== undefined;
  const scope = { kind: 'Event', namespace, fields: 'type=Warning', keep } as const;
  return {
    memory,
    async follow(signal) {
      while (!signal.aborted) {
        const refused = new AbortController();
        const events = {
          replaced: (objects: readonly KubeObject[]) => objects.forEach(take),
          changed: take,
          removed: () => {},
          heard,
          health(error: unknown) {
            if (httpStatusOf(error) === 403) refused.abort();
          },
        };
        await followKind(client, scope, events, times, AbortSignal.any([signal, refused.signal]));
        await scheduler.wait(refusedMs, { signal }).catch(() => undefined);
      }
    },
  };
}

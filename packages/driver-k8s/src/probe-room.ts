import { randomBytes } from 'node:crypto';
import { scheduler } from 'node:timers/promises';
import { MoorageError } from '@moorage/core/driver';
import { type Kind, pathOf } from './kinds.js';
import type { KubeClient } from './kube-client.js';
import type { KubeObject, PodObject } from './kube-objects.js';
import { statusOf } from './to-instance.js';
import { probeLabels } from './to-probes.js';

/** Where pods are made for a try, and taken away with all that belongs to them. */
export interface ProbeRoom {
  /** Begins every name in it: no two tries meet. */
  readonly id: string;
  readonly namespace: string;
  create(object: KubeObject): Promise<void>;
  /** Looks at a pod until `look` finds something. Errors: `unavailable` when its image cannot be run. */
  until<T>(name: string, look: (pod: PodObject) => T | undefined): Promise<T>;
  remove(): Promise<void>;
}

export interface ProbeRoomOptions {
  readonly client: KubeClient;
  /** Undefined: a namespace of its own is made. */
  readonly namespace: string | undefined;
  /** Ends `Cannot …` in messages. */
  readonly doing: string;
  readonly signal: AbortSignal;
}

/** Opens one, and removes what a process that was killed has left of an earlier one. */
export async function probeRoom({ client, namespace, doing, signal }: ProbeRoomOptions): Promise<ProbeRoom> {
  await removeOld(client, namespace, signal);
  const id = `moor-probe-${randomBytes(6).toString('hex')}`;
  const made: KubeObject[] = [];
  const create = async (object: KubeObject) => {
    await make(client, object, signal);
    made.push(object);
  };
  if (namespace === undefined) {
    const labels = { ...probeLabels, 'pod-security.kubernetes.io/enforce': 'restricted' };
    await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: id, labels } });
  }
  return {
    id,
    namespace: namespace ?? id,
    create,
    until: (name, look) => untilFound({ client, path: pathOf('Pod', namespace ?? id, name), doing, signal }, look),
    async remove() {
      const [first] = made;
      // With the namespace goes all that is in it.
      for (const object of namespace === undefined && first ? [first] : made) await drop(client, object);
    },
  };
}

async function make(client: KubeClient, object: KubeObject, signal: AbortSignal): Promise<void> {
  const path = pathOf(object.kind as Kind, object.metadata.namespace);
  for (let time = 0; ; time += 1) {
    try {
      await client.json({ method: 'POST', path, body: object, signal });
      return;
    } catch (error) {
      // A namespace gets its service account a moment after it was made.
      const early = error instanceof Error && /serviceaccount "default" not found/.test(error.message);
      if (!early || time === 100) throw error;
      await scheduler.wait(100, { signal });
    }
  }
}

async function untilFound<T>(
  { client, path, doing, signal }: Pick<ProbeRoomOptions, 'client' | 'doing' | 'signal'> & { readonly path: string },
  look: (pod: PodObject) => T | undefined,
): Promise<T> {
  for (;;) {
    const pod = await client.json<PodObject>({ method: 'GET', path, signal });
    const found = look(pod);
    if (found !== undefined) return found;
    const { reason, message } = statusOf(pod)?.state?.waiting ?? {};
    if (reason !== undefined && /ImagePull|InvalidImage|ErrImage|CreateContainer/.test(reason)) {
      throw new MoorageError(
        'unavailable',
        `Cannot ${doing}: the probe pod cannot be started (${reason}: ${message ?? ''}). Give another image`,
        { operation: 'probe', context: { reason } },
      );
    }
    await scheduler.wait(250, { signal });
  }
}

/** Asks for its end; what is gone already, or cannot be removed now, is removed by a later try. */
async function drop(client: KubeClient, { kind, metadata }: KubeObject): Promise<void> {
  const path = pathOf(kind as Kind, metadata.namespace, metadata.name);
  await client.json({ method: 'DELETE', path, signal: AbortSignal.timeout(10_000) }).catch(() => {});
}

const abandonedMs = 10 * 60_000;

async function removeOld(client: KubeClient, namespace: string | undefined, signal: AbortSignal): Promise<void> {
  const labelSelector = Object.entries(probeLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join();
  const kinds: readonly Kind[] = namespace === undefined ? ['Namespace'] : ['Pod', 'Service', 'NetworkPolicy'];
  for (const kind of kinds) {
    const path = pathOf(kind, namespace);
    const { items } = await client.json<{ readonly items?: readonly KubeObject[] | null }>({
      method: 'GET',
      path,
      query: { labelSelector },
      signal,
    });
    for (const { metadata } of items ?? []) {
      const age = Date.now() - Date.parse(metadata.creationTimestamp ?? '');
      const old = age > abandonedMs && metadata.deletionTimestamp === undefined;
      if (old) await drop(client, { apiVersion: 'v1', kind, metadata });
    }
  }
}

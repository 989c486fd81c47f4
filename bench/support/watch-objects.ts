import { type Kind, pathOf } from '../../packages/driver-k8s/src/kinds.js';
import type { KubeClient } from '../../packages/driver-k8s/src/kube-client.js';
import type { KubeObject } from '../../packages/driver-k8s/src/kube-objects.js';
import { splitLines } from '../../packages/driver-k8s/src/split-lines.js';

export interface WatchedChange<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'ERROR';
  readonly object: T;
}

/** A watch as whoever has no SDK would open it: every change after `resourceVersion`, as it comes. */
export async function* watchObjects<T extends KubeObject>(
  client: KubeClient,
  what: {
    readonly kind: Kind;
    readonly namespace: string;
    readonly fieldSelector?: string;
    readonly labelSelector?: string;
    readonly resourceVersion: string | undefined;
  },
  signal: AbortSignal,
): AsyncGenerator<WatchedChange<T>> {
  const { kind, namespace, ...query } = what;
  const response = await client.stream({
    method: 'GET',
    path: pathOf(kind, namespace),
    query: { ...query, watch: true },
    signal,
  });
  try {
    for await (const line of splitLines(response)) {
      const change = JSON.parse(line) as WatchedChange<T>;
      if (change.type === 'ERROR') throw new Error(`The watch of ${kind} failed: ${line}`);
      yield change;
    }
  } finally {
    response.destroy();
  }
}

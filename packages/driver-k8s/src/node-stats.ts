import { httpStatusOf } from './classify-error.js';
import type { KubeClient } from './kube-client.js';

/** What a node's kubelet says of one pod. */
export interface PodStats {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid?: string };
  readonly network?: { readonly time?: string; readonly rxBytes?: number; readonly txBytes?: number };
  /** What counts against the pod's limit: its containers' own layers, logs and folders on disk. */
  readonly 'ephemeral-storage'?: { readonly usedBytes?: number };
}

/** What the kubelets of nodes say of their pods, by uid. */
export interface NodeStats {
  read(nodes: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, PodStats>>;
}

/** One node's answer holds for so long; with many nodes for longer: there is one request in two seconds at most. */
const freshMs = 10_000;
const perNodeMs = 2_000;
/** After it was refused, the right may come any time, and is not worth many requests. */
const refusedMs = 300_000;
const atOnce = 8;

/** One request for each node, whatever the number of its pods. Nodes that do not answer tell nothing. */
export function nodeStats(client: KubeClient, now: () => number = () => performance.now()): NodeStats {
  const known = new Map<string, { readonly at: number; readonly pods: readonly PodStats[] }>();
  let refusedAt = Number.NEGATIVE_INFINITY;

  const ask = async (node: string, signal: AbortSignal): Promise<void> => {
    try {
      const path = `/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`;
      const { pods } = await client.json<{ readonly pods?: readonly PodStats[] | null }>({
        method: 'GET',
        path,
        signal,
      });
      known.set(node, { at: now(), pods: pods ?? [] });
    } catch (error) {
      if (httpStatusOf(error) === 403) refusedAt = now();
      signal.throwIfAborted();
      known.set(node, { at: now(), pods: [] });
    }
  };

  return {
    async read(nodes, signal) {
      const wanted = [...new Set(nodes)];
      for (const node of known.keys()) if (!wanted.includes(node)) known.delete(node);
      const holdsMs = Math.max(freshMs, wanted.length * perNodeMs);
      const stale = wanted.filter((node) => !(now() - (known.get(node)?.at ?? Number.NEGATIVE_INFINITY) < holdsMs));
      while (stale.length > 0 && now() - refusedAt >= refusedMs) {
        await Promise.all(stale.splice(0, atOnce).map((node) => ask(node, signal)));
      }
      const pods = wanted.flatMap((node) => known.get(node)?.pods ?? []);
      return new Map(pods.map((pod) => [pod.podRef.uid ?? '', pod]));
    },
  };
}

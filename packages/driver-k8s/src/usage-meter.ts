import type { InstanceName, OwnerId, UsageSample } from '@moorage/core/driver';
import { httpStatusOf } from './classify-error.js';
import type { KubeClient } from './kube-client.js';
import type { PodObject } from './kube-objects.js';
import { ownerSelector } from './labels.js';
import { metricsAway } from './metrics-away.js';
import { networkRates } from './network-rates.js';
import { nodeStats, type PodStats } from './node-stats.js';
import type { OwnerCache } from './owner-cache.js';
import { toInstance } from './to-instance.js';
import { type PodMetrics, toSample } from './to-sample.js';

/** Figures that only the kubelets tell. */
export type NodeFigure = 'disk' | 'network';

export interface UsageCall {
  readonly owner: OwnerId;
  readonly namespace: string | undefined;
  readonly signal: AbortSignal;
}

export interface UsageMeter {
  /** A sample of each named instance that runs. */
  measure(cache: OwnerCache, names: readonly InstanceName[], call: UsageCall): Promise<UsageSample[]>;
}

/**
 * One request for all of an owner's pods, to the metrics API, and where figures of nodes are asked for one for each
 * node. What is missing or may not be asked is "unsupported".
 */
export function usageMeter(client: KubeClient, asked: readonly NodeFigure[]): UsageMeter {
  const nodes = nodeStats(client);
  const rates = networkRates();
  return {
    async measure(cache, names, { owner, namespace, signal }) {
      const running = runningOf(cache, new Set(names));
      if (running.length === 0) return [];
      const hosts = running.flatMap(({ pod }) => pod.spec?.nodeName ?? []);
      const [measured, stats] = await Promise.all([
        readMetrics(client, owner, namespace, signal),
        asked.length === 0 ? new Map<string, PodStats>() : nodes.read(hosts, signal),
      ]);
      const network = asked.includes('network') ? rates.next(stats) : new Map<string, undefined>();
      const now = Date.now();
      return running.map(({ pod, name }) => {
        const { uid = '' } = pod.metadata;
        const disk = asked.includes('disk') ? stats.get(uid)?.['ephemeral-storage']?.usedBytes : undefined;
        const metrics = measured.get(keyOf(pod.metadata));
        return toSample(name, { metrics, diskBytes: disk, network: network.get(uid) }, now);
      });
    },
  };
}

function runningOf(cache: OwnerCache, wanted: ReadonlySet<InstanceName>) {
  return [...cache.objects<PodObject>('Pod')].flatMap((pod) => {
    const { name, state } = toInstance(pod, 0, 'pod');
    return wanted.has(name) && state === 'running' ? [{ pod, name }] : [];
  });
}

const keyOf = ({ namespace, name }: { readonly namespace?: string | undefined; readonly name: string }): string =>
  `${namespace}/${name}`;

async function readMetrics(
  client: KubeClient,
  owner: OwnerId,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PodMetrics>> {
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  try {
    const { items } = await client.json<{ readonly items?: readonly PodMetrics[] | null }>({
      method: 'GET',
      path: `/apis/metrics.k8s.io/v1beta1${within}/pods`,
      query: { labelSelector: ownerSelector(owner) },
      signal,
    });
    return new Map((items ?? []).map((item) => [keyOf(item.metadata), item]));
  } catch (error) {
    // No metrics server: nothing is measured, and nothing is broken.
    if (httpStatusOf(error) === 404) return new Map();
    throw metricsAway(error) ?? error;
  }
}

import type { InstanceName, OwnerId, UsageSample } from '@moorage/core/driver';
import { httpStatusOf } from './classify-error.js';
import type { KubeClient } from './kube-client.js';
import type { PodObject } from './kube-objects.js';
import { containerName, ownerSelector } from './labels.js';
import type { OwnerCache } from './owner-cache.js';
import { toInstance } from './to-instance.js';

interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly timestamp?: string;
  readonly containers: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[];
}

/** One request for all of an owner's pods, to the metrics API; where that is missing, figures are "unsupported". */
export async function measureUsage(
  client: KubeClient,
  cache: OwnerCache,
  names: readonly InstanceName[],
  {
    owner,
    namespace,
    signal,
  }: { readonly owner: OwnerId; readonly namespace: string | undefined; readonly signal: AbortSignal },
): Promise<UsageSample[]> {
  const wanted = new Set(names);
  const running = [...cache.objects<PodObject>('Pod')].flatMap((pod) => {
    const { name, state } = toInstance(pod, 0, undefined);
    return wanted.has(name) && state === 'running' ? [{ pod, name }] : [];
  });
  if (running.length === 0) return [];
  const measured = await readMetrics(client, owner, namespace, signal);
  const now = Date.now();
  return running.map(({ pod, name }) => toSample(name, measured.get(keyOf(pod.metadata)), now));
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
    // No metrics server, or one that does not answer: nothing is measured, and nothing is broken.
    const status = httpStatusOf(error);
    if (status === 404 || status === 503) return new Map();
    throw error;
  }
}

export function toSample(instance: InstanceName, metrics: PodMetrics | undefined, now: number): UsageSample {
  const usage = metrics?.containers.find(({ name }) => name === containerName)?.usage;
  return {
    instance,
    at: metrics?.timestamp === undefined ? now : Date.parse(metrics.timestamp),
    cpuPercent: usage?.cpu === undefined ? 'unsupported' : parseQuantity(usage.cpu) * 100,
    memoryBytes: usage?.memory === undefined ? 'unsupported' : parseQuantity(usage.memory),
    diskBytes: 'unsupported',
    networkInBytesPerSecond: 'unsupported',
    networkOutBytesPerSecond: 'unsupported',
  };
}

const factors: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

function parseQuantity(text: string): number {
  const [, digits = '0', suffix = ''] = /^([\d.]+)([A-Za-z]*)$/.exec(text) ?? [];
  return Number(digits) * (factors[suffix] ?? Number.NaN);
}

import type { InstanceName, UsageSample } from '@moorage/core/driver';
import { containerName } from './labels.js';
import type { NetworkRates } from './network-rates.js';

/** What the metrics API says of one pod. */
export interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly timestamp?: string;
  readonly containers: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[];
}

/** All that is known of one instance's use of things; what is not is undefined. */
export interface UsageFigures {
  readonly metrics: PodMetrics | undefined;
  readonly diskBytes: number | undefined;
  readonly network: NetworkRates | undefined;
}

/** `now`: ms since 1970, where the figures do not say when they were taken. Pure. */
export function toSample(instance: InstanceName, figures: UsageFigures, now: number): UsageSample {
  const { metrics, diskBytes, network } = figures;
  const usage = metrics?.containers.find(({ name }) => name === containerName)?.usage;
  return {
    instance,
    at: metrics?.timestamp === undefined ? now : Date.parse(metrics.timestamp),
    cpuPercent: usage?.cpu === undefined ? 'unsupported' : parseQuantity(usage.cpu) * 100,
    memoryBytes: usage?.memory === undefined ? 'unsupported' : parseQuantity(usage.memory),
    diskBytes: diskBytes ?? 'unsupported',
    networkInBytesPerSecond: network?.inbound ?? 'unsupported',
    networkOutBytesPerSecond: network?.outbound ?? 'unsupported',
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

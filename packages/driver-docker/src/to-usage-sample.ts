import type { InstanceName, Measured, UsageSample } from '@moorage/core/driver';
import type { StatsSample } from './engine-types.js';

/** What one look at the counters gave; two of them make rates. */
export interface Counters {
  /** Ms since 1970, by the engine's clock. */
  readonly at: number;
  readonly cpuNanoseconds: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly receivedBytes: number | undefined;
  readonly sentBytes: number | undefined;
}

/** Undefined for a container that does not run: the engine then answers with an empty sample. */
export function toCounters(sample: StatsSample): Counters | undefined {
  const at = Date.parse(sample.read);
  const cpu = sample.cpu_stats?.cpu_usage?.total_usage;
  if (Number.isNaN(at) || at <= 0 || !cpu) return undefined;
  const networks = sample.networks ? Object.values(sample.networks) : undefined;
  return {
    at,
    cpuNanoseconds: cpu,
    memoryBytes: workingSet(sample.memory_stats),
    receivedBytes: networks?.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
    sentBytes: networks?.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
  };
}

/** Memory that cannot be given back: pages of files that were not used lately do not count (cgroup v1 and v2 names). */
function workingSet(memory: StatsSample['memory_stats']): number | undefined {
  if (!memory?.usage) return undefined;
  const inactive = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  return inactive < memory.usage ? memory.usage - inactive : memory.usage;
}

/** Rates need an earlier look; without one, or after a restart reset the counters, they are `unsupported`. */
export function toUsageSample(instance: InstanceName, now: Counters, before: Counters | undefined): UsageSample {
  const elapsedMs = before ? now.at - before.at : 0;
  const perMs = (current: number | undefined, earlier: number | undefined): number | undefined =>
    current === undefined || earlier === undefined || elapsedMs <= 0 || current < earlier
      ? undefined
      : (current - earlier) / elapsedMs;
  const measured = (rate: number | undefined, factor: number): Measured =>
    rate === undefined ? 'unsupported' : Math.round(rate * factor * 100) / 100;
  return {
    instance,
    at: now.at,
    cpuPercent: measured(perMs(now.cpuNanoseconds, before?.cpuNanoseconds), 100 / 1e6),
    memoryBytes: now.memoryBytes ?? 'unsupported',
    diskBytes: 'unsupported',
    networkInBytesPerSecond: measured(perMs(now.receivedBytes, before?.receivedBytes), 1000),
    networkOutBytesPerSecond: measured(perMs(now.sentBytes, before?.sentBytes), 1000),
  };
}

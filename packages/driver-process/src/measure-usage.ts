import { performance } from 'node:perf_hooks';
import type { UsageSample } from '@moorage/core/driver';
import { groupMembers, observe } from './instance-processes.js';
import type { Parts } from './parts.js';
import { isInstanceName } from './state-folder.js';

/** CPU time that an instance had used at a moment of this process's monotonic clock. */
export interface CpuPoint {
  readonly instanceId: string;
  readonly cpuMs: number;
  readonly atMs: number;
}

/** The two latest points of each instance, by name. */
export type CpuHistory = Map<string, readonly CpuPoint[]>;

/** Shorter spans say little: the system counts CPU time in hundredths of a second. */
const shortestSpanMs = 500;

/** One sample for each of the names that runs. */
export async function measureUsage(
  parts: Parts,
  owner: string,
  names: readonly string[],
  history: CpuHistory,
): Promise<UsageSample[]> {
  await parts.folder.engine();
  const samples = await Promise.all(names.map((name) => measureOne(parts, owner, name, history)));
  return samples.filter((sample) => sample !== undefined);
}

async function measureOne(
  parts: Parts,
  owner: string,
  name: string,
  history: CpuHistory,
): Promise<UsageSample | undefined> {
  const files = isInstanceName(name) ? await parts.folder.read(name) : undefined;
  const state = files && (await observe(parts, files))?.state;
  if (files?.record.owner !== owner || (state !== 'running' && state !== 'paused')) {
    history.delete(name);
    return undefined;
  }
  const rows = await groupMembers(parts, files);
  const memory = await Promise.all(rows.map((row) => parts.table.memoryBytes(row.pid)));
  const known = memory.filter((bytes) => bytes !== undefined);
  const point = {
    instanceId: files.record.instanceId,
    cpuMs: rows.reduce((sum, row) => sum + row.cpuMs, 0),
    atMs: performance.now(),
  };
  const earlier = (history.get(name) ?? []).filter((one) => one.instanceId === point.instanceId);
  const base = earlier.findLast((one) => point.atMs - one.atMs >= shortestSpanMs);
  if (!earlier.some((one) => point.atMs - one.atMs < shortestSpanMs)) {
    history.set(name, [...earlier.slice(-1), point]);
  }
  const now = Date.now();
  return {
    instance: name,
    at: now,
    cpuPercent: rows.length === 0 ? 'unsupported' : cpuPercent(base, point, now - (files.status?.startedAt ?? now)),
    memoryBytes: known.length === 0 ? 'unsupported' : known.reduce((sum, bytes) => sum + bytes, 0),
    diskBytes: 'unsupported',
    networkInBytesPerSecond: 'unsupported',
    networkOutBytesPerSecond: 'unsupported',
  };
}

/** Percent of one core since the earlier point; without one, since the start. */
export function cpuPercent(base: CpuPoint | undefined, point: CpuPoint, ageMs: number): number | 'unsupported' {
  const spanMs = base ? point.atMs - base.atMs : ageMs;
  if (spanMs <= 0) return 'unsupported';
  // A process of the group that ended without being waited for takes its time with it.
  return (Math.max(0, point.cpuMs - (base?.cpuMs ?? 0)) * 100) / spanMs;
}

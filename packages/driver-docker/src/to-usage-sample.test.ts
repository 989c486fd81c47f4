import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StatsSample } from './engine-types.js';
import { type Counters, toCounters, toUsageSample } from './to-usage-sample.js';

const answers = JSON.parse(readFileSync(new URL('../test/answers/stats.json', import.meta.url), 'utf8')) as Record<
  'running' | 'paused' | 'ended',
  StatsSample
>;

const before: Counters = {
  at: 1_000_000,
  cpuNanoseconds: 5e9,
  memoryBytes: 100,
  receivedBytes: 1000,
  sentBytes: 2000,
};

describe('toCounters', () => {
  it('reads a captured answer of a running container', () => {
    const counters = toCounters(answers.running);
    expect(counters?.at).toBe(Date.parse(answers.running.read));
    expect(counters?.cpuNanoseconds).toBe(answers.running.cpu_stats?.cpu_usage?.total_usage);
    expect(counters?.memoryBytes).toBeGreaterThan(0);
    expect(counters?.memoryBytes).toBeLessThanOrEqual(answers.running.memory_stats?.usage ?? 0);
    expect(counters?.receivedBytes).toBeGreaterThan(0);
  });

  it('gives nothing for a container that has ended', () => {
    expect(toCounters(answers.ended)).toBeUndefined();
  });

  it('does not count file pages that can be given back, on either cgroup version', () => {
    const base = { read: '2024-01-01T00:00:00Z', cpu_stats: { cpu_usage: { total_usage: 1 } } };
    const of = (stats: Record<string, number>) =>
      toCounters({ ...base, memory_stats: { usage: 100, stats } })?.memoryBytes;
    expect(of({ total_inactive_file: 30 })).toBe(70);
    expect(of({ inactive_file: 30 })).toBe(70);
    expect(of({ inactive_file: 300 })).toBe(100);
  });
});

describe('toUsageSample', () => {
  it('makes rates of two looks', () => {
    const now = { at: 1_002_000, cpuNanoseconds: 6e9, memoryBytes: 120, receivedBytes: 5000, sentBytes: 2000 };
    expect(toUsageSample('a', now, before)).toEqual({
      instance: 'a',
      at: 1_002_000,
      cpuPercent: 50,
      memoryBytes: 120,
      diskBytes: 'unsupported',
      networkInBytesPerSecond: 2000,
      networkOutBytesPerSecond: 0,
    });
  });

  it.each([
    ['one look only', undefined],
    [
      'counters that went back, after a restart',
      { ...before, cpuNanoseconds: 9e9, receivedBytes: 9e9, sentBytes: 9e9 },
    ],
    ['two looks at the same moment', { ...before, at: 1_002_000 }],
  ])('says "unsupported", never 0, for %s', (_, earlier) => {
    const now = { ...before, at: 1_002_000, memoryBytes: undefined };
    expect(toUsageSample('a', now, earlier)).toMatchObject({
      cpuPercent: 'unsupported',
      memoryBytes: 'unsupported',
      diskBytes: 'unsupported',
      networkInBytesPerSecond: 'unsupported',
      networkOutBytesPerSecond: 'unsupported',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { toSample } from './to-sample.js';

const unknown = { metrics: undefined, diskBytes: undefined, network: undefined };

const sample = (cpu: string, memory: string) => {
  const containers = [{ name: 'agent', usage: { cpu, memory } }];
  const metrics = { metadata: { name: 'p', namespace: 'n' }, timestamp: '2026-01-01T00:00:00Z', containers };
  return toSample('i', { ...unknown, metrics }, 5);
};

describe('toSample', () => {
  it.each([
    ['250m', '10Mi', 25, 10 * 1024 ** 2],
    ['1500000n', '12Ki', 0.15, 12 * 1024],
    ['2', '1000000', 200, 1_000_000],
    ['35u', '1G', 0.0035, 1e9],
    ['0', '0', 0, 0],
  ])('reads %s of a core and %s of memory', (cpu, memory, percent, bytes) => {
    const found = sample(cpu, memory);
    expect(found.cpuPercent).toBeCloseTo(percent, 8);
    expect(found.memoryBytes).toBe(bytes);
    expect(found.at).toBe(Date.parse('2026-01-01T00:00:00Z'));
  });

  it('says "unsupported" of what is not measured, never 0', () => {
    expect(toSample('i', unknown, 5)).toEqual({
      instance: 'i',
      at: 5,
      cpuPercent: 'unsupported',
      memoryBytes: 'unsupported',
      diskBytes: 'unsupported',
      networkInBytesPerSecond: 'unsupported',
      networkOutBytesPerSecond: 'unsupported',
    });
  });

  it('takes what the kubelet tells', () => {
    const found = toSample('i', { ...unknown, diskBytes: 0, network: { inbound: 1, outbound: 2 } }, 5);
    expect(found).toMatchObject({ diskBytes: 0, networkInBytesPerSecond: 1, networkOutBytesPerSecond: 2 });
  });
});

import { describe, expect, it } from 'vitest';
import { networkRates } from './network-rates.js';
import type { PodStats } from './node-stats.js';

const pod = (second: number, rxBytes: number, txBytes: number): ReadonlyMap<string, PodStats> => {
  const network = { time: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`, rxBytes, txBytes };
  return new Map([['u', { podRef: { name: 'p', namespace: 'n', uid: 'u' }, network }]]);
};

describe('network rates', () => {
  it('need two looks, and stay while the kubelet says the same', () => {
    const rates = networkRates();
    expect(rates.next(pod(0, 1_000, 500)).get('u')).toBeUndefined();
    expect(rates.next(pod(10, 3_000, 500)).get('u')).toEqual({ inbound: 200, outbound: 0 });
    expect(rates.next(pod(10, 3_000, 500)).get('u')).toEqual({ inbound: 200, outbound: 0 });
  });

  it('are unknown when counters went back, and when the pod was away', () => {
    const rates = networkRates();
    rates.next(pod(0, 1_000, 500));
    expect(rates.next(pod(10, 100, 500)).get('u')).toBeUndefined();
    expect(rates.next(pod(20, 200, 600)).get('u')).toEqual({ inbound: 10, outbound: 10 });
    rates.next(new Map());
    expect(rates.next(pod(30, 300, 700)).get('u')).toBeUndefined();
  });

  it('are unknown where the kubelet does not count', () => {
    const silent = new Map([['u', { podRef: { name: 'p', namespace: 'n', uid: 'u' } }]]);
    expect(networkRates().next(silent).get('u')).toBeUndefined();
  });
});

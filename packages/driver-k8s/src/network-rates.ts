import type { PodStats } from './node-stats.js';

/** Bytes a second, since the look before. */
export interface NetworkRates {
  readonly inbound: number;
  readonly outbound: number;
}

interface Look {
  readonly at: number;
  readonly received: number;
  readonly sent: number;
  readonly rates: NetworkRates | undefined;
}

/** Makes rates of the counters of pods, by uid. Pods that are not named any more are forgotten. */
export function networkRates() {
  const looks = new Map<string, Look>();
  return {
    /** Undefined until a pod was looked at twice, and where its counters went back. */
    next(pods: ReadonlyMap<string, PodStats>): ReadonlyMap<string, NetworkRates | undefined> {
      for (const uid of looks.keys()) if (!pods.has(uid)) looks.delete(uid);
      for (const [uid, { network }] of pods) {
        const look = toLook(network, looks.get(uid));
        if (look) looks.set(uid, look);
      }
      return new Map([...looks].map(([uid, { rates }]) => [uid, rates]));
    },
  };
}

function toLook(network: PodStats['network'], before: Look | undefined): Look | undefined {
  const { time, rxBytes: received, txBytes: sent } = network ?? {};
  if (time === undefined || received === undefined || sent === undefined) return undefined;
  const at = Date.parse(time);
  // The kubelet counts every few seconds only, and says the same until then.
  if (before && at <= before.at) return before;
  return { at, received, sent, rates: before && ratesOf(before, at, received, sent) };
}

function ratesOf(before: Look, at: number, received: number, sent: number): NetworkRates | undefined {
  const [inbound, outbound] = [received - before.received, sent - before.sent];
  if (inbound < 0 || outbound < 0) return undefined;
  const seconds = (at - before.at) / 1000;
  return { inbound: inbound / seconds, outbound: outbound / seconds };
}

import type { HealthPolicy, ProbeResult } from '../model/health.js';

/** Part of a probe's timeout that we may have been blocked before its failure says nothing about the agent. */
const stallShare = 0.25;
/** A stall that makes us doubt our own network when every agent fails at once. */
const longStallMs = 500;
const shortestStallMs = 10;
const rememberedStalls = 64;

export interface ProbeCircumstances {
  readonly startedMs: number;
  readonly nowMs: number;
  /** By how much our timer is late now: a block that no `woke` has told yet. */
  readonly overdueMs: number;
  /** Instances that are watched at all. */
  readonly targets: number;
}

/** Asks, before an agent is blamed, whether the host itself was the reason. */
export interface SelfCheck {
  /** The monitor's timer came by `lateMs` too late. */
  woke(nowMs: number, lateMs: number): void;
  /** The result, or `inconclusive` when it may be our own fault. Answers of an agent are never doubted. */
  judge(result: ProbeResult, policy: HealthPolicy, circumstances: ProbeCircumstances): ProbeResult;
}

interface Stall {
  readonly endedMs: number;
  readonly lengthMs: number;
}

export function selfCheck(): SelfCheck {
  const stalls: Stall[] = [];
  let lastPassMs = Number.NEGATIVE_INFINITY;

  function stalledSince(startedMs: number): number {
    let sum = 0;
    for (const stall of stalls) {
      if (stall.endedMs > startedMs) sum += Math.min(stall.lengthMs, stall.endedMs - startedMs);
    }
    return sum;
  }

  return {
    woke(nowMs, lateMs) {
      if (lateMs < shortestStallMs) return;
      stalls.push({ endedMs: nowMs, lengthMs: lateMs });
      if (stalls.length > rememberedStalls) stalls.shift();
    },
    judge(result, policy, { startedMs, nowMs, overdueMs, targets }) {
      if (result.kind === 'pass') lastPassMs = nowMs;
      if (result.kind !== 'fail' || result.error === 'status' || result.error === 'body') return result;
      const stalledMs = Math.round(stalledSince(startedMs) + Math.min(overdueMs, nowMs - startedMs));
      if (result.error !== 'refused' && stalledMs > policy.timeoutMs * stallShare) {
        return { kind: 'inconclusive', reason: `Our own event loop was blocked for ${stalledMs} ms during the probe` };
      }
      const since = nowMs - policy.intervalMs;
      const longStall =
        overdueMs > longStallMs || stalls.some((stall) => stall.endedMs > since && stall.lengthMs > longStallMs);
      if (targets > 1 && longStall && lastPassMs <= since) {
        return { kind: 'inconclusive', reason: 'Every agent fails at once while our own event loop is overloaded' };
      }
      return result;
    },
  };
}

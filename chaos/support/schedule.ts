import type { Random } from '@moorage/core';
import type { RoundPlan } from './plan.js';

/** What happens at a moment of a round; `dice` decide, with what is there by then, what is asked for. */
export type Step = { readonly atMs: number } & (
  | { readonly kind: 'request'; readonly slot: number; readonly dice: readonly number[] }
  | { readonly kind: 'kill-host'; readonly host: number; readonly downMs: number }
  | { readonly kind: 'freeze-host'; readonly host: number; readonly forMs: number }
  | { readonly kind: 'kill-database' }
  | { readonly kind: 'kill-engine'; readonly downMs: number }
);

const dicePerRequest = 4;
/** A service manager is back at once, or after a pause. */
const longestDownMs = 2_000;

/** The steps of a round in their order. The same random numbers give the same steps. */
export function makeSchedule(random: Random, round: RoundPlan, slots: number, hosts: number): readonly Step[] {
  const steps: Step[] = [];
  const someHost = () => Math.floor(random.next() * hosts);
  // Exponential pauses: requests come in bursts, as those of strangers do.
  const pause = () => -Math.log(1 - random.next()) * round.requestEveryMs;
  for (let atMs = pause(); atMs < round.lengthMs; atMs += pause()) {
    const slot = Math.floor(random.next() * slots);
    const dice = Array.from({ length: dicePerRequest }, () => random.next());
    steps.push({ atMs, kind: 'request', slot, dice });
  }
  const anyTime = () => random.next() * round.lengthMs;
  const downMs = () => random.next() ** 2 * longestDownMs;
  for (let kill = 0; kill < round.hostKills; kill += 1) {
    steps.push({ atMs: anyTime(), kind: 'kill-host', host: someHost(), downMs: downMs() });
  }
  for (let freeze = 0; freeze < round.freezes; freeze += 1) {
    steps.push({ atMs: anyTime(), kind: 'freeze-host', host: someHost(), forMs: round.freezeMs });
  }
  for (let kill = 0; kill < round.databaseKills; kill += 1) steps.push({ atMs: anyTime(), kind: 'kill-database' });
  for (let kill = 0; kill < round.engineKills; kill += 1) {
    steps.push({ atMs: anyTime(), kind: 'kill-engine', downMs: downMs() });
  }
  return steps.sort((a, b) => a.atMs - b.atMs);
}

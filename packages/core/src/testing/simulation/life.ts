import type { Clock } from '../../ports/clock.js';

/** One life of one host process: once it is over nothing it had under way goes on, and nothing new begins. */
export interface Life {
  /** Also its host id, so that leases and traces name it. */
  readonly name: string;
  over: boolean;
  /** Frozen (SIGSTOP): its timers, calls and replies wait until this virtual time. */
  frozenUntil: number;
  /** Cut off from the store, or from the engine, until then: every call of it fails. */
  storeCutUntil: number;
  engineCutUntil: number;
  /** When the newest look at the engine that it got began; -1: none yet. */
  lookBeganMs: number;
  /** That look showed an earlier moment. */
  lookWasStale: boolean;
  /** Some look of it did. */
  hadStaleLook: boolean;
  /** When its last call that changed something of a deployment ended. */
  readonly actedMs: Map<string, number>;
  /** Since when it knows of each deployment that its version was rolled back: it wrote that itself. */
  readonly rolledBackMs: Map<string, number>;
  /** Probes of each instance that failed in a row. */
  readonly failedProbes: Map<string, number>;
  /** The token of each lease that it was told of last: it does not know better. */
  fences: ReadonlyMap<number, number>;
  /** When its latest plan for a deployment was made. */
  readonly plannedMs: Map<string, number>;
  /** Deployments whose latest plan was made from a look that is older than what was done since. */
  readonly blindPlans: Set<string>;
  /** Those whose latest plan was made from a look that showed an earlier moment. */
  readonly stalePlans: Set<string>;
  /** Undone when the life ends, so that the dead cost nothing. */
  readonly endings: Set<() => void>;
}

export function newLife(name: string): Life {
  return {
    name,
    over: false,
    frozenUntil: 0,
    storeCutUntil: 0,
    engineCutUntil: 0,
    lookBeganMs: -1,
    lookWasStale: false,
    hadStaleLook: false,
    actedMs: new Map(),
    rolledBackMs: new Map(),
    failedProbes: new Map(),
    fences: new Map(),
    plannedMs: new Map(),
    blindPlans: new Set(),
    stalePlans: new Set(),
    endings: new Set(),
  };
}

/** What is awaited by the dead; a promise of its own for each, so that nothing is kept for them. */
export const forever = () => new Promise<never>(() => undefined);

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(ms, resolve);
  });
}

export const isFrozen = (clock: Clock, life: Life): boolean => life.frozenUntil > clock.monotonic();

/** Waits until the process is let go on; true when it was killed meanwhile. */
export async function thaw(clock: Clock, life: Life): Promise<boolean> {
  while (!life.over && life.frozenUntil > clock.monotonic()) await sleep(clock, life.frozenUntil - clock.monotonic());
  return life.over;
}

/** The clock of one life: a dead host's timers do not fire, a frozen one's wait. */
export function clockOf(clock: Clock, life: Life): Clock {
  const setTimer: Clock['setTimer'] = (delayMs, run) => {
    let cancel = () => {};
    const fire = () => {
      if (life.over) return;
      const frozenMs = life.frozenUntil - clock.monotonic();
      if (frozenMs > 0) cancel = clock.setTimer(frozenMs, fire);
      else run();
    };
    cancel = clock.setTimer(delayMs, fire);
    return () => cancel();
  };
  return { now: () => clock.now(), monotonic: () => clock.monotonic(), setTimer };
}

import type { Clock } from '../ports/clock.js';

/**
 * Tells for how long our own event loop was blocked. Counts only while someone is interested, so that an idle host
 * sleeps.
 */
export interface LoopStall {
  /** Begins a measurement; the returned function ends it and gives the blocked milliseconds since. */
  start(): () => number;
}

const beatMs = 20;

/** A beat on the clock; what comes late is a stall. One beat serves all measurements. */
export function loopStall(clock: Clock): LoopStall {
  let measurements = 0;
  let stalledMs = 0;
  let expectedMs = 0;
  let cancel: (() => void) | undefined;

  const overdue = () => Math.max(0, clock.monotonic() - expectedMs);
  const beat = () => {
    expectedMs = clock.monotonic() + beatMs;
    cancel = clock.setTimer(beatMs, () => {
      stalledMs += overdue();
      cancel = undefined;
      if (measurements > 0) beat();
    });
  };

  return {
    start() {
      measurements += 1;
      if (!cancel) beat();
      const before = stalledMs + overdue();
      let ended = false;
      return () => {
        if (!ended) measurements -= 1;
        ended = true;
        return Math.max(0, stalledMs + overdue() - before);
      };
    },
  };
}

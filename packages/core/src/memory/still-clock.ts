import type { Clock } from '../ports/clock.js';

/**
 * The clock of an engine that was given none: every look at it is one millisecond later, and a timer of any length runs
 * at the next microtask. Nothing waits, and the order of things is kept.
 */
export function stillClock(startMs = 1_704_067_200_000): Clock {
  let elapsed = 0;
  const tick = (): number => {
    elapsed += 1;
    return elapsed;
  };
  return {
    now: () => startMs + tick(),
    monotonic: tick,
    setTimer(_delayMs, run) {
      let cancelled = false;
      queueMicrotask(() => {
        if (!cancelled) run();
      });
      return () => {
        cancelled = true;
      };
    },
  };
}

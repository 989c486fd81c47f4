import type { Clock } from '../ports/clock.js';
import { type HeapTimer, timerHeap } from './timer-heap.js';

/** A clock that stands still until it is told to move. */
export interface MemoryClock extends Clock {
  /**
   * Moves both clocks on by `ms` and runs each timer that falls due, in order of time, and of equals in the order of
   * their setting. Promises that are ready are worked off before the first timer, between two, and after the last.
   */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock only, forwards or (negative) backwards. */
  jumpWall(ms: number): void;
  /** Timers that are set and not cancelled. */
  pending(): number;
}

/** Promise turns between two timers: more than the longest chain of awaits from a timer to the store and back. */
const turnsBetweenTimers = 100;
const turnsAtTheEnd = 1000;

/**
 * A deterministic clock for tests and simulations. Wall time begins at `startMs` [the start of 2024], monotonic at 0.
 */
export function memoryClock(startMs = 1_704_067_200_000): MemoryClock {
  const heap = timerHeap();
  const live = new Set<HeapTimer>();
  let elapsed = 0;
  let wallOffset = startMs;
  let sequence = 0;

  function nextDue(limit: number): HeapTimer | undefined {
    for (let top = heap.peek(); top !== undefined && top.time <= limit; top = heap.peek()) {
      heap.pop();
      if (live.delete(top)) return top;
    }
    return undefined;
  }

  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    setTimer(delayMs, run) {
      const timer: HeapTimer = { time: elapsed + Math.max(0, delayMs), sequence: sequence++, run };
      live.add(timer);
      heap.push(timer);
      return () => {
        live.delete(timer);
      };
    },
    async advance(ms) {
      const target = elapsed + ms;
      await turns(turnsBetweenTimers);
      for (let timer = nextDue(target); timer !== undefined; timer = nextDue(target)) {
        // A timer set in the past by a nested advance must not turn the clock back.
        elapsed = Math.max(elapsed, timer.time);
        timer.run();
        await turns(turnsBetweenTimers);
      }
      elapsed = Math.max(elapsed, target);
      await turns(turnsAtTheEnd);
    },
    jumpWall(ms) {
      wallOffset += ms;
    },
    pending: () => live.size,
  };
}

/** A fixed number of turns, so that a run with the same seed interleaves in the same way. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

import { timerHeap } from '../../memory/timer-heap.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';

/** The one clock of a history. It stands still until it is told to move. */
export interface SimClock extends Clock {
  /** Runs every timer that falls due within `ms`, in order of time. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock only. */
  jumpWall(ms: number): void;
  /** A sign that something is still under way at this moment. Every timer that is set is one, too. */
  stir(): void;
}

interface Timer {
  readonly time: number;
  readonly sequence: number;
  run: () => void;
}

const nothing = () => {};
/** What is chained to it runs in the next turn of the promises. */
const settled = Promise.resolve();
const startMs = 1_704_067_200_000;
const fewestTurns = 3;
const mostTurns = 16;
/** After so many turns without a sign of anything under way every chain of awaits has come to its end. */
const quietTurns = 20;
/** Two hosts that answer each other at one and the same moment must not stop the time. */
const turnsAtMost = 400;
/** Timers that are closer together than this may cut each other's chains of awaits. */
const closeMs = 2;

/**
 * Promises get a drawn number of turns between two timers that are close together, not as many as they want: so a timer
 * may fire in the middle of a chain of awaits, as it does on a busy machine, and each seed cuts the chains elsewhere.
 */
export function simClock(random: Random): SimClock {
  const heap = timerHeap();
  let elapsed = 0;
  let wallOffset = startMs;
  let sequence = 0;
  let stirs = 0;
  /** Costs as few turns as it takes: nearly all of the time nothing is under way. */
  const comeToRest = () =>
    new Promise<void>((resolve) => {
      let seen = stirs;
      let turns = 0;
      let quiet = 0;
      // One function for all turns: there are tens of thousands in a history, and an `await` allocates for each.
      const look = () => {
        turns += 1;
        quiet = stirs === seen ? quiet + 1 : 0;
        seen = stirs;
        if (quiet < quietTurns && turns < turnsAtMost) void settled.then(look);
        else resolve();
      };
      void settled.then(look);
    });
  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    setTimer(delayMs, run) {
      sequence += 1;
      stirs += 1;
      const timer: Timer = { time: elapsed + Math.max(0, Math.ceil(delayMs)), sequence, run };
      heap.push(timer);
      return () => {
        timer.run = nothing;
      };
    },
    async advance(ms) {
      const target = elapsed + ms;
      for (let timer = heap.peek(); timer !== undefined && timer.time <= target; timer = heap.peek()) {
        heap.pop();
        if (timer.run === nothing) continue;
        elapsed = Math.max(elapsed, timer.time);
        timer.run();
        const next = heap.peek();
        const isClose = next !== undefined && next.time - elapsed < closeMs && next.time <= target;
        if (!isClose) await comeToRest();
        else {
          const turns = fewestTurns + Math.floor(random.next() * (mostTurns - fewestTurns));
          for (let turn = 0; turn < turns; turn += 1) await undefined;
        }
      }
      elapsed = Math.max(elapsed, target);
      await comeToRest();
    },
    jumpWall(ms) {
      wallOffset += ms;
    },
    stir() {
      stirs += 1;
    },
  };
}

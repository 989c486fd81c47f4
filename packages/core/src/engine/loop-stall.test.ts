import { describe, expect, it } from 'vitest';
import type { Clock } from '../ports/clock.js';
import { loopStall } from './loop-stall.js';

/** Time moves when told; timers run only when told, as with a loop that may be blocked. */
function manualClock() {
  let nowMs = 0;
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    setTimer(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  const turn = () => {
    const due = timers.filter((timer) => timer.atMs <= nowMs);
    timers = timers.filter((timer) => timer.atMs > nowMs);
    for (const timer of due) timer.run();
  };
  return {
    clock,
    block: (ms: number) => {
      nowMs += ms;
    },
    run(ms: number) {
      for (const end = nowMs + ms; nowMs < end; nowMs += 1) turn();
      turn();
    },
    timers: () => timers.length,
  };
}

describe('loopStall', () => {
  it('is zero while the loop turns', () => {
    const { clock, run } = manualClock();
    const end = loopStall(clock).start();
    run(1_000);
    expect(end()).toBeLessThan(5);
  });

  it('counts blocks, also one that is still going on, and only those within the measurement', () => {
    const { clock, run, block } = manualClock();
    const stall = loopStall(clock);
    const first = stall.start();
    run(100);
    block(500);
    expect(first()).toBeGreaterThanOrEqual(480);
    run(100);
    const second = stall.start();
    run(100);
    expect(second()).toBeLessThan(10);
  });

  it('stops its beat when nobody measures', () => {
    const { clock, run, timers } = manualClock();
    const end = loopStall(clock).start();
    run(100);
    expect(timers()).toBe(1);
    end();
    run(100);
    expect(timers()).toBe(0);
  });
});

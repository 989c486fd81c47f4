import { describe, expect, it } from 'vitest';
import { systemClock } from './system-clock.js';

describe('systemClock', () => {
  it('runs a timer once, not before its time, and a cancelled one never', async () => {
    const keepAlive = setInterval(() => undefined, 1_000);
    let cancelled = 0;
    const cancel = systemClock.setTimer(1, () => {
      cancelled += 1;
    });
    cancel();
    const before = systemClock.monotonic();
    await new Promise<void>((resolve) => systemClock.setTimer(20, resolve));
    clearInterval(keepAlive);
    // Node rounds its timers to whole milliseconds.
    expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(18);
    expect(cancelled).toBe(0);
  });

  it('does not fire a timer at once that is longer than Node can count', async () => {
    let fired = false;
    const cancel = systemClock.setTimer(2 ** 40, () => {
      fired = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    cancel();
    expect(fired).toBe(false);
  });

  it('tells wall time in milliseconds since 1970', () => {
    expect(systemClock.now()).toBeGreaterThan(Date.UTC(2024, 0, 1));
  });
});

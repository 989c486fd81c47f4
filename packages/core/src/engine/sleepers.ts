import type { Clock } from '../ports/clock.js';

/** Those who wait for a word, and look by themselves when none comes. */
export interface Sleepers {
  /** `ended` resolves at the next wake, after `timeoutMs`, when the signal aborts, or by `end`. */
  sleep(timeoutMs: number, signal: AbortSignal): { readonly ended: Promise<void>; readonly end: () => void };
  wakeAll(): void;
}

export function createSleepers(clock: Clock): Sleepers {
  const all = new Set<() => void>();
  return {
    sleep(timeoutMs, signal) {
      let end = () => {};
      const ended = new Promise<void>((resolve) => {
        end = () => {
          cancelTimer();
          all.delete(end);
          signal.removeEventListener('abort', end);
          resolve();
        };
        const cancelTimer = clock.setTimer(timeoutMs, end);
        all.add(end);
        signal.addEventListener('abort', end, { once: true });
      });
      return { ended, end };
    },
    wakeAll() {
      for (const end of [...all]) end();
    },
  };
}

import type { Clock } from '../ports/clock.js';

/** One timer for each id; of two, the earlier one stays. */
export interface Delays {
  set(id: string, delayMs: number, run: () => void): void;
  cancel(id: string): void;
  clear(): void;
}

export function createDelays(clock: Clock): Delays {
  const all = new Map<string, { readonly at: number; readonly stop: () => void }>();
  const cancel = (id: string) => {
    all.get(id)?.stop();
    all.delete(id);
  };
  return {
    set(id, delayMs, run) {
      const at = clock.monotonic() + delayMs;
      const there = all.get(id);
      if (there && there.at <= at) return;
      there?.stop();
      const stop = clock.setTimer(delayMs, () => {
        all.delete(id);
        run();
      });
      all.set(id, { at, stop });
    },
    cancel,
    clear() {
      for (const id of [...all.keys()]) cancel(id);
    },
  };
}

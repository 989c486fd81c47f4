import { scheduler } from 'node:timers/promises';

/** What proxies that stand between a host and something else do with what passes: it comes late, or not at all. */
export interface LateLines {
  /** One direction of one connection: its steps follow each other in order, each as late as is asked for by then. */
  line(): (step: () => void) => void;
  /** So long each step is held back from now on. */
  delay(ms: number): void;
  /** No step is made until `release`. */
  hold(): void;
  release(): void;
}

export function lateLines(): LateLines {
  let delayMs = 0;
  let gate: Promise<void> = Promise.resolve();
  let open = () => {};
  return {
    line() {
      let last: Promise<unknown> = Promise.resolve();
      return (step) => {
        last = last
          .then(() => (delayMs > 0 ? scheduler.wait(delayMs) : undefined))
          .then(() => gate)
          .then(step);
      };
    },
    delay(ms) {
      delayMs = ms;
    },
    hold() {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    release: () => open(),
  };
}

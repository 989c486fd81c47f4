export type WaitOutcome = 'changed' | 'timeout' | 'full' | 'closed' | 'gone';

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Resolves the wait with `gone` when the client does not want it any more. */
  readonly onGone: (listener: () => void) => () => void;
}

/** Requests that wait for a change of the backends. */
export interface WaitQueue {
  readonly size: number;
  wait(options: WaitOptions): Promise<WaitOutcome>;
  /** The backends have changed: all look again. */
  wake(): void;
  /** Ends all waiting; who comes later is turned away too. */
  close(): void;
}

export function waitQueue(limit: number): WaitQueue {
  const waiting = new Set<(outcome: WaitOutcome) => void>();
  let closed = false;

  const endAll = (outcome: WaitOutcome) => {
    for (const end of [...waiting]) end(outcome);
  };

  return {
    get size() {
      return waiting.size;
    },
    wait({ timeoutMs, onGone }) {
      if (closed) return Promise.resolve('closed');
      if (waiting.size >= limit) return Promise.resolve('full');
      return new Promise((resolve) => {
        let forget: () => void = () => undefined;
        const end = (outcome: WaitOutcome) => {
          if (!waiting.delete(end)) return;
          clearTimeout(timer);
          forget();
          resolve(outcome);
        };
        waiting.add(end);
        const timer = setTimeout(() => end('timeout'), timeoutMs);
        forget = onGone(() => end('gone'));
      });
    },
    wake: () => endAll('changed'),
    close() {
      closed = true;
      endAll('closed');
    },
  };
}

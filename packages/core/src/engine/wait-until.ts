import { MoorageError } from '@moorage/protocol/base';
import type { Clock } from '../ports/clock.js';

/** What is being waited for may change without a word (another host): look again at least this often. */
const pollMs = 1_000;

/**
 * Calls `check` now, after each change and each second, until it returns something. Errors: what `check` throws,
 * `timeout` with the words of `describe`, `cancelled` when the signal aborts.
 */
export async function waitUntil<T>(options: {
  readonly check: () => Promise<T | undefined>;
  readonly onChange: (listener: () => void) => () => void;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly describe: () => string;
  readonly operation: string;
}): Promise<T> {
  const { clock, signal, operation } = options;
  const deadline = clock.monotonic() + options.timeoutMs;
  for (;;) {
    if (signal?.aborted) throw new MoorageError('cancelled', `${operation} was cancelled`, { operation });
    // Registered before the check: a change meanwhile is not missed.
    const change = nextChange(options, Math.max(0, Math.min(pollMs, deadline - clock.monotonic())));
    try {
      const found = await options.check();
      if (found !== undefined) return found;
      if (clock.monotonic() >= deadline) {
        throw new MoorageError('timeout', `Not there after ${options.timeoutMs} ms: ${options.describe()}`, {
          operation,
        });
      }
      await change.happened;
    } finally {
      change.stop();
    }
  }
}

function nextChange(
  options: {
    readonly onChange: (listener: () => void) => () => void;
    readonly clock: Clock;
    readonly signal: AbortSignal | undefined;
  },
  timeoutMs: number,
): { readonly happened: Promise<void>; readonly stop: () => void } {
  let stop = () => {};
  const happened = new Promise<void>((resolve) => {
    const off = options.onChange(() => resolve());
    const stopTimer = options.clock.setTimer(timeoutMs, resolve);
    const onAbort = () => resolve();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    stop = () => {
      off();
      stopTimer();
      options.signal?.removeEventListener('abort', onAbort);
    };
  });
  return { happened, stop };
}

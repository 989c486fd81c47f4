import { setMaxListeners } from 'node:events';
import { MoorageError } from '@moorage/core/driver';

/** Signals of calls: each ends with its caller's, and all with the driver. */
export interface CallSignals {
  readonly closing: AbortSignal;
  /** Runs the work under such a signal. Errors: `cancelled` after `close`. */
  run<T>(caller: AbortSignal, operation: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  close(): void;
}

export function callSignals(): CallSignals {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const closed = (operation: string): MoorageError =>
    new MoorageError('cancelled', `Cannot do ${operation}: the Kubernetes driver is closed`, { operation });
  return {
    closing: closing.signal,
    async run(caller, operation, work) {
      if (closing.signal.aborted) throw closed(operation);
      const own = new AbortController();
      setMaxListeners(0, own.signal);
      const leave = () => own.abort(caller.reason);
      const close = () => own.abort(closed(operation));
      caller.addEventListener('abort', leave, { once: true });
      closing.signal.addEventListener('abort', close, { once: true });
      if (caller.aborted) leave();
      try {
        return await work(own.signal);
      } finally {
        caller.removeEventListener('abort', leave);
        closing.signal.removeEventListener('abort', close);
      }
    },
    close: () => closing.abort(),
  };
}

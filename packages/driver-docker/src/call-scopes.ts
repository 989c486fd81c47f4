import { setMaxListeners } from 'node:events';
import { MoorageError } from '@moorage/core/driver';

/** The signal of one call: aborted with the caller's, and when the driver is closed. `end` forgets it. */
export interface CallScope {
  readonly signal: AbortSignal;
  end(): void;
}

export interface CallScopes {
  /** Errors: `cancelled` after `close`. */
  begin(callerSignal: AbortSignal, operation: string): CallScope;
  readonly closed: boolean;
  close(): void;
}

/** `AbortSignal.any` with a signal that lives as long as the driver would keep every call's signal in memory. */
export function callScopes(): CallScopes {
  const active = new Set<AbortController>();
  let closed = false;
  const closedError = (operation: string) =>
    new MoorageError('cancelled', `Cannot do ${operation}: the Docker driver is closed`, { operation });
  return {
    get closed() {
      return closed;
    },
    begin(callerSignal, operation) {
      if (closed) throw closedError(operation);
      const controller = new AbortController();
      // One call may ask for many containers at once.
      setMaxListeners(0, controller.signal);
      const onAbort = () => controller.abort(callerSignal.reason);
      if (callerSignal.aborted) onAbort();
      else callerSignal.addEventListener('abort', onAbort, { once: true });
      active.add(controller);
      return {
        signal: controller.signal,
        end() {
          active.delete(controller);
          callerSignal.removeEventListener('abort', onAbort);
        },
      };
    },
    close() {
      closed = true;
      for (const controller of active) controller.abort(closedError('driver call'));
      active.clear();
    },
  };
}

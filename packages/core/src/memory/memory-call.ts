import { MoorageError } from '@moorage/protocol/base';
import type { Call } from '../ports/driver.js';
import type { MemoryEngine } from './memory-engine.js';

/** The part that every call of a memory driver has in common. */
export interface MemoryCalls {
  /** Rejects as a real engine's client would; else resolves after the engine's answering time. */
  enter(operation: string, call: Call): Promise<void>;
  /** Throws as `enter` rejects: for right after it, since the engine may be another one by the next turn. */
  check(operation: string, call: Call): void;
  /** `ms` on the engine's clock; rejects `cancelled` when the signal aborts first. */
  pass(operation: string, ms: number, call: Call): Promise<void>;
  unsupported(operation: string, what: string): MoorageError;
  close(): void;
}

/** Checks closing, abort, reach and identity of the engine, in that order. */
export function memoryCalls(driver: string, engine: MemoryEngine): MemoryCalls {
  let closed = false;
  let firstEngine: string | undefined;

  function check(operation: string, { signal }: Call): void {
    if (closed)
      throw new MoorageError('cancelled', `Cannot ${operation}: the ${driver} driver is closed`, { operation });
    if (signal.aborted) throw cancelled(operation, signal);
    if (!engine.running) {
      throw new MoorageError('unavailable', `Cannot ${operation}: the memory engine does not answer`, { operation });
    }
    firstEngine ??= engine.id;
    if (engine.id !== firstEngine) {
      const message = `Cannot ${operation}: engine "${engine.id}" answers where "${firstEngine}" did before`;
      throw new MoorageError('unavailable', message, {
        operation,
        context: { engine: engine.id, expected: firstEngine },
      });
    }
  }

  function pass(operation: string, ms: number, { signal }: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel();
        reject(cancelled(operation, signal));
      };
      const cancel = engine.inside.clock.setTimer(ms, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  return {
    pass,
    check,
    async enter(operation, call) {
      check(operation, call);
      const delayMs = engine.inside.callDelayMs;
      if (delayMs === 0) return;
      await pass(operation, delayMs, call);
      check(operation, call);
    },
    unsupported: (operation, what) =>
      new MoorageError('unsupported', `Cannot ${operation}: the ${driver} driver has no ${what}`, { operation }),
    close() {
      closed = true;
    },
  };
}

function cancelled(operation: string, signal: AbortSignal): MoorageError {
  return new MoorageError('cancelled', `Cancelled: ${operation}`, { operation, cause: signal.reason });
}

import { type Call, MoorageError } from '@moorage/core/driver';
import { classifyError, throwIfAborted } from './classify-error.js';

/** Lets a driver's calls end as soon as their caller gives up or the driver closes, and refuses later ones. */
export function callGuard() {
  const open = new Set<AbortController>();
  const atWork = new Set<Promise<unknown>>();
  let isClosed = false;
  const closed = () =>
    new MoorageError('cancelled', 'Cannot use the process driver: it is closed; make a new one on the same folder', {
      operation: 'driver.close',
    });
  const enter = (operation: string, call: Call) => {
    if (isClosed) throw closed();
    throwIfAborted(call.signal, operation);
    const own = new AbortController();
    const abort = () => own.abort(call.signal.reason);
    call.signal.addEventListener('abort', abort, { once: true });
    open.add(own);
    const leave = () => {
      call.signal.removeEventListener('abort', abort);
      open.delete(own);
    };
    return { signal: own.signal, leave };
  };
  return {
    async run<T>(operation: string, call: Call, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
      const { signal, leave } = enter(operation, call);
      const working = work(signal);
      const settled = working.then(
        () => {},
        () => {},
      );
      atWork.add(settled);
      void settled.then(() => atWork.delete(settled));
      try {
        return await Promise.race([working, whenAborted(signal, operation)]);
      } catch (error) {
        throw classifyError(error, operation);
      } finally {
        leave();
      }
    },
    async *iterate<T>(
      operation: string,
      call: Call,
      work: (signal: AbortSignal) => AsyncIterable<T>,
    ): AsyncGenerator<T, void, undefined> {
      const { signal, leave } = enter(operation, call);
      try {
        yield* work(signal);
      } catch (error) {
        throw classifyError(error, operation);
      } finally {
        leave();
      }
    },
    /** Resolves when nothing of what was under way touches the engine any more. */
    async close(): Promise<void> {
      isClosed = true;
      for (const own of open) own.abort(closed());
      await Promise.all(atWork);
    },
  };
}

/** Rejects once the signal aborts: work that waits for its turn, or for the disk, notices it only later. */
function whenAborted(signal: AbortSignal, operation: string): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        try {
          throwIfAborted(signal, operation);
        } catch (error) {
          reject(error);
        }
      },
      { once: true },
    );
  });
}

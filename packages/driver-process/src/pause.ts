import { throwIfAborted } from './classify-error.js';

/** Resolves after `ms`, or rejects as soon as the signal aborts. */
export function pause(ms: number, signal: AbortSignal, operation: string): Promise<void> {
  throwIfAborted(signal, operation);
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      try {
        throwIfAborted(signal, operation);
      } catch (error) {
        reject(error);
      }
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

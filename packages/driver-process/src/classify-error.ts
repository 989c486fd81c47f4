import { type ErrorCode, isMoorageError, MoorageError } from '@moorage/core/driver';

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'resource_exhausted',
  EDQUOT: 'resource_exhausted',
  EMFILE: 'resource_exhausted',
  ENFILE: 'resource_exhausted',
  EAGAIN: 'resource_exhausted',
  ENOMEM: 'resource_exhausted',
  E2BIG: 'invalid_argument',
  ENAMETOOLONG: 'invalid_argument',
  // The state folder is this driver's engine: when it cannot be read, nothing is known of the instances.
  ENOENT: 'unavailable',
  ENOTDIR: 'unavailable',
  EACCES: 'unavailable',
  EPERM: 'unavailable',
  EROFS: 'unavailable',
  EIO: 'unavailable',
  ESTALE: 'unavailable',
  ENODEV: 'unavailable',
  ELOOP: 'unavailable',
};

const wayOut: Partial<Record<ErrorCode, string>> = {
  resource_exhausted: 'free disk space, file handles or processes on this machine',
  unavailable: 'make the state folder readable and writable for this user again',
};

/** Turns what the file system or a spawn threw into a `MoorageError`; one of ours is returned as it is. */
export function classifyError(thrown: unknown, operation: string): MoorageError {
  if (isMoorageError(thrown)) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const number = (error as NodeJS.ErrnoException).code ?? '';
  if (error.name === 'TimeoutError') {
    return new MoorageError('timeout', `Cannot finish ${operation}: its time is over; call it again to go on`, {
      operation,
      cause: thrown,
    });
  }
  if (error.name === 'AbortError' || number === 'ABORT_ERR') {
    return new MoorageError('cancelled', `Cannot finish ${operation}: the caller ended it; call it again to go on`, {
      operation,
      cause: thrown,
    });
  }
  const code = codes[number] ?? 'internal';
  const hint = wayOut[code];
  return new MoorageError(code, `Cannot finish ${operation}: ${error.message}${hint ? `; ${hint}` : ''}`, {
    operation,
    context: number ? { errno: number } : {},
    cause: thrown,
  });
}

/** Rejects `cancelled`, or `timeout` where the signal says so, once the caller has ended the call. */
export function throwIfAborted(signal: AbortSignal, operation: string): void {
  if (!signal.aborted) return;
  const reason: unknown = signal.reason;
  if (isMoorageError(reason)) throw reason;
  const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
  throw classifyError(
    Object.assign(new Error('aborted'), { name: timedOut ? 'TimeoutError' : 'AbortError' }),
    operation,
  );
}

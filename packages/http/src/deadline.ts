import { MoorageError } from '@moorage/protocol';

/** The work's result, or `timeout` when it is not there in time; the work's signal aborts then. */
export async function withDeadline<T>(
  timeoutMs: number,
  caller: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new MoorageError(
        'timeout',
        `The host did not answer within ${timeoutMs} ms: look later, it may go on`,
        {
          operation: 'http.answer',
          context: { limit: timeoutMs },
        },
      );
      late.abort(error);
      reject(error);
    }, timeoutMs);
    timer.unref?.();
  });
  try {
    return await Promise.race([work(AbortSignal.any([caller, late.signal])), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

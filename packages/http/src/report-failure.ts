import { toMoorageError } from '@moorage/protocol';
import type { HttpContext } from './context.js';

/** Answers hide what failed inside the host; the operator's log tells it. */
export function reportFailure(context: Pick<HttpContext, 'options'>, thrown: unknown, requestId?: string): void {
  const error = toMoorageError(thrown);
  if (error.code !== 'internal') return;
  const original = error.cause instanceof Error ? error.cause : error;
  context.options.logger?.log('error', `A request failed inside the host: ${error.message}`, {
    ...(requestId === undefined ? {} : { requestId }),
    operation: error.operation,
    stack: original.stack,
  });
}

import { MoorageError } from '@moorage/core/driver';
import { httpStatusOf } from './classify-error.js';

/**
 * The API server passes requests for metrics on to the metrics server, and tells or shows when that does not answer:
 * nothing else is broken then, and the error says so. Undefined: it is something else. Pure.
 */
export function metricsAway(cause: unknown): MoorageError | undefined {
  const status = httpStatusOf(cause);
  const silent = (cause as { readonly code?: unknown } | null)?.code === 'ETIMEDOUT';
  if (status !== 503 && status !== 504 && !silent) return undefined;
  const words = cause instanceof Error ? cause.message : String(cause);
  return new MoorageError(
    'unavailable',
    `Cannot measure usage: the cluster's metrics API does not answer (${words}). Check its metrics server`,
    { operation: 'driver.usage', cause },
  );
}

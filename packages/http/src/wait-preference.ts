import { MoorageError } from '@moorage/protocol';

/** Longest time that a caller may ask an answer to wait. */
export const maxWaitMs = 600_000;
/** How long a create waits for a healthy agent unless told otherwise. */
export const defaultWaitMs = 300_000;

/**
 * How long this request waits: `wait_ms`, else the `Prefer` header of RFC 7240 (`respond-async`, `wait=<seconds>`),
 * else the default. It ends the waiting, never the deployment. Errors: `invalid_argument`.
 */
export function waitPreference(waitMs: number | undefined, prefer: string | null): number {
  if (waitMs !== undefined) {
    if (Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= maxWaitMs) return waitMs;
    throw new MoorageError('invalid_argument', `wait_ms is ${waitMs}: it has to be from 0 to ${maxWaitMs}`, {
      operation: 'http.wait',
      context: { field: 'wait_ms', limit: maxWaitMs },
    });
  }
  const preferences = (prefer ?? '').split(/[,;]/).map((part) => part.trim().toLowerCase());
  const wait = preferences
    .map((part) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(part)?.[1])
    .find((value) => value !== undefined);
  if (wait !== undefined) return Math.min(Number(wait) * 1000, maxWaitMs);
  return preferences.includes('respond-async') ? 0 : defaultWaitMs;
}

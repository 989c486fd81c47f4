import type { EventsOptions, Host, HostEvent } from '@moorage/core';
import { toMoorageError } from '@moorage/protocol';

export type EventFeed = AsyncIterator<HostEvent>;

/**
 * Opens the feed, and fails at once when the cursor is no good: a refusal can still be said in the answer's status.
 * Errors: `not_found` for a cursor that retention has passed, `invalid_argument`, `unavailable`.
 */
export async function openFeed(
  host: Host,
  options: EventsOptions,
): Promise<{ readonly items: EventFeed; readonly from: string | undefined }> {
  // Told to the client at once: one that is cut off before its first event resumes from here, too.
  const from = options.after === undefined ? await host.latestCursor() : undefined;
  if (options.after !== undefined) {
    const probe = host.events({ ...options, once: true })[Symbol.asyncIterator]();
    try {
      await probe.next();
    } catch (thrown) {
      throw toMoorageError(thrown, 'http.events');
    } finally {
      await probe.return?.();
    }
  }
  const items = host.events({ ...options, after: options.after ?? from })[Symbol.asyncIterator]();
  return { items, from };
}

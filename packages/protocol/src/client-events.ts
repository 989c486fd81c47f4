import type { ClientOptions } from './client-request.js';
import { openStream, readRecord } from './client-stream.js';
import { endpoints } from './endpoints.js';
import { fromWireError } from './error-body.js';
import { isMoorageError, type MoorageError } from './errors.js';
import { readJson } from './json-text.js';
import { type EventRecord, eventRecordSchema } from './records.js';

export interface EventStreamOptions {
  /** Cursor of the last event seen; `"start"`: from the oldest kept. [only what is to come] */
  readonly after?: string | undefined;
  /** Ends the loop, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Of one customer only. [those that the token may see] */
  readonly customerId?: string | undefined;
  /** Of one container only. */
  readonly containerId?: string | undefined;
  /** End after the last event that there is now, or with whatever goes wrong. Needs `after`. [false] */
  readonly once?: boolean | undefined;
  /** Pause before connecting again; doubles, and is spread by chance. [{ firstMs: 250, longestMs: 10 000 }] */
  readonly backOff?: { readonly firstMs: number; readonly longestMs: number } | undefined;
  /** A stream that is silent for so long, without even a heartbeat, is connected anew. [60 000] */
  readonly silenceMs?: number | undefined;
}

/**
 * The event feed, without loss or doubles: a lost connection is taken up again after the last event seen, as often as
 * it takes. A refusal that waiting does not cure is thrown (`unauthenticated`, `permission_denied`, `not_found` for a
 * cursor that is no longer kept, …).
 */
export async function* streamEvents(
  options: ClientOptions,
  stream: EventStreamOptions = {},
): AsyncGenerator<EventRecord, void, undefined> {
  const { signal, backOff = { firstMs: 250, longestMs: 10_000 }, silenceMs = 60_000 } = stream;
  const path = eventsPath(stream, options.customerId);
  let after = stream.after;
  let pauseMs = backOff.firstMs;
  while (!signal?.aborted) {
    const onId = (id: string) => {
      after = id;
    };
    try {
      const connection = openStream(options, { path, operation: 'events', signal, after, silenceMs, onId });
      for await (const event of connection) {
        pauseMs = backOff.firstMs;
        if (event.event === 'error') throw streamError(event.data);
        if (event.event !== 'message' && event.event !== 'event') continue;
        const record = readRecord(eventRecordSchema, event.data, 'events');
        after = event.id ?? record.id;
        yield record;
        // The reader asked to stop while it had the event: what is read already is not handed on.
        if (signal?.aborted) return;
      }
      if (stream.once) return;
    } catch (thrown) {
      if (signal?.aborted) return;
      if (stream.once || !isWorthAnotherTry(thrown)) throw thrown;
    }
    await pause(pauseMs * (0.5 + Math.random() / 2), signal);
    pauseMs = Math.min(pauseMs * 2, backOff.longestMs);
  }
}

function eventsPath(stream: EventStreamOptions, customer: string | undefined): string {
  const customerId = stream.customerId ?? customer;
  const query = new URLSearchParams();
  if (customerId !== undefined) query.set('customer_id', customerId);
  if (stream.containerId !== undefined) query.set('container_id', stream.containerId);
  if (stream.once) query.set('once', 'true');
  return query.size > 0 ? `${endpoints.events}?${query}` : endpoints.events;
}

/** The host ends a stream that it cannot go on with by an `error` event in the wire form. */
function streamError(data: string): MoorageError {
  return fromWireError(readJson(data));
}

function isWorthAnotherTry(thrown: unknown): boolean {
  if (!isMoorageError(thrown)) return false;
  // `cancelled` here is the host's own end, for the caller's is handled before.
  return thrown.retryable || thrown.code === 'resource_exhausted' || thrown.code === 'cancelled';
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, { once: true });
    if (signal?.aborted) done();
  });
}

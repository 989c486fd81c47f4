import type { z } from 'zod';
import { type ClientOptions, requestError, sendRequest, throwUnlessOk } from './client-request.js';
import { isMoorageError, MoorageError } from './errors.js';
import { readJson } from './json-text.js';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.js';

export interface StreamRequest {
  readonly path: string;
  readonly operation: string;
  readonly signal?: AbortSignal | undefined;
  /** Sent as `Last-Event-ID`. */
  readonly after?: string | undefined;
  /** A stream that is silent for so long (heartbeats count) is taken for broken. */
  readonly silenceMs: number;
  /** The last id that the stream set. */
  readonly onId?: (id: string) => void;
}

/**
 * One connection to a stream of Server-Sent Events, until it ends. Errors: those of the answer, `unavailable`,
 * `cancelled`.
 */
export async function* openStream(
  options: ClientOptions,
  request: StreamRequest,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const { path, operation, signal, after, onId } = request;
  const connection = new AbortController();
  const abort = () => connection.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  const alarm = silenceAlarm(request.silenceMs, operation, connection);
  try {
    const headers = { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) };
    const get = { method: 'GET', path, headers, signal: connection.signal };
    const response = await sendRequest(options, get, operation);
    await throwUnlessOk(response, options, operation);
    if (!response.body) return;
    yield* readServerSentEvents(alarm.watch(response.body), onId);
  } catch (thrown) {
    // A silent stream was aborted by us with an error of ours as its reason: that one tells more.
    const reason: unknown = connection.signal.reason;
    if (connection.signal.aborted && isMoorageError(reason)) throw reason;
    throw isMoorageError(thrown) ? thrown : requestError(thrown, options, operation, connection.signal);
  } finally {
    alarm.stop();
    signal?.removeEventListener('abort', abort);
    connection.abort();
  }
}

/** Aborts a connection on which nothing came for `silenceMs`. */
function silenceAlarm(silenceMs: number, operation: string, connection: AbortController) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ring = () => {
    const message = `${operation} is cut off: nothing came for ${silenceMs} ms, not even a heartbeat`;
    connection.abort(new MoorageError('unavailable', message, { operation }));
  };
  const stop = () => clearTimeout(timer);
  const wind = () => {
    stop();
    timer = setTimeout(ring, silenceMs);
  };
  wind();
  return {
    stop,
    /** Silence counts only while we wait for the host, not while the reader of the events is slow. */
    async *watch(chunks: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
      const reader = chunks.getReader();
      try {
        for (;;) {
          wind();
          const { done, value } = await reader.read();
          stop();
          if (done) return;
          yield value;
        }
      } finally {
        // Leaving early has to close the connection, or it would be read on into nothing.
        await reader.cancel().catch(() => {});
      }
    },
  };
}

/** One record from the data of an event. */
export function readRecord<R extends z.ZodType>(schema: R, data: string, operation: string): z.output<R> {
  const parsed = schema.safeParse(readJson(data));
  if (parsed.success) return parsed.data;
  const message = `Cannot read what the stream of ${operation} sent: "${data.slice(0, 200)}". Is the host of another version than this client?`;
  throw new MoorageError('internal', message, { operation, cause: parsed.error });
}

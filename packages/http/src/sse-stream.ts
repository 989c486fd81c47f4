import { toWireError } from '@moorage/protocol';

export interface SseOptions<T> {
  readonly items: AsyncIterator<T>;
  /** One item as a frame; {@link sseFrame} makes it. */
  readonly frame: (item: T) => string;
  /** The id to resume from when the stream is cut off before its first item. */
  readonly from?: string | undefined;
  /** Called once, when the reader went away or the items ended: lets go of what feeds them. */
  readonly stop: () => void;
  /** A comment keeps proxies from closing a silent stream. [15 000] */
  readonly heartbeatMs?: number | undefined;
}

/** One frame of a text/event-stream. Line breaks inside `data` are kept; `id` and `event` must have none. */
export function sseFrame(parts: { id?: string | undefined; event?: string | undefined; data: string }): string {
  const head = `${parts.id === undefined ? '' : `id: ${parts.id}\n`}${parts.event === undefined ? '' : `event: ${parts.event}\n`}`;
  const data = parts.data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${head}${data.join('')}\n`;
}

const heartbeat = Symbol('heartbeat');

/**
 * Items as server-sent events. Nothing is read before the reader asks, one item at a time: a slow reader slows the
 * source and fills no memory. A failure of the source is told as an `error` frame, after which the stream ends.
 */
export function sseStream<T>(options: SseOptions<T>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let pending: Promise<IteratorResult<T>> | undefined;
  let greeted = false;
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    options.stop();
    void Promise.resolve(options.items.return?.()).catch(() => undefined);
  };
  const next = async (): Promise<{ text: string; end: boolean }> => {
    if (!greeted) {
      greeted = true;
      const resume = options.from === undefined ? '' : `id: ${options.from}\n`;
      return { text: `retry: 1000\n${resume}: connected\n\n`, end: false };
    }
    pending ??= options.items.next();
    const step = await orHeartbeat(pending, options.heartbeatMs ?? 15_000);
    if (step === heartbeat) return { text: ': heartbeat\n\n', end: false };
    pending = undefined;
    return step.done ? { text: '', end: true } : { text: options.frame(step.value), end: false };
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { text, end } = await next().catch((thrown: unknown) => ({ text: errorFrame(thrown), end: true }));
        if (stopped) return;
        if (text !== '') controller.enqueue(encoder.encode(text));
        if (end) {
          stop();
          controller.close();
        }
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  );
}

function errorFrame(thrown: unknown): string {
  return sseFrame({ event: 'error', data: JSON.stringify(toWireError(thrown)) });
}

/** The promise's result, or a heartbeat when it takes longer; the promise can be waited for again. */
async function orHeartbeat<T>(promise: Promise<T>, afterMs: number): Promise<T | typeof heartbeat> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const beat = new Promise<typeof heartbeat>((resolve) => {
    timer = setTimeout(() => resolve(heartbeat), afterMs);
    timer.unref?.();
  });
  try {
    return await Promise.race([promise, beat]);
  } finally {
    clearTimeout(timer);
  }
}

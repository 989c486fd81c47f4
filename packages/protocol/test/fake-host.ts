/** A request that reached the fake host. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

type Reply = (request: Received, signal: AbortSignal) => Response | Promise<Response>;

/** A `fetch` that answers from memory: the n-th request gets the n-th reply, the last one again and again. */
export function fakeHost(...replies: readonly Reply[]) {
  const received: Received[] = [];
  const answer = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const text = await request.clone().text();
    request.signal.throwIfAborted();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const entry = { method: request.method, path: pathname + search, headers: request.headers, body };
    const reply = replies[Math.min(received.length, replies.length - 1)];
    received.push(entry);
    if (!reply) throw new Error('The fake host has no reply');
    const reached = await reply(entry, request.signal);
    request.signal.throwIfAborted();
    return reached;
  };
  return { fetch: answer as typeof fetch, received };
}

export const success = (data: unknown, status = 200): Response => Response.json({ success: true, data }, { status });

export const failure = (status: number, code: string, message = code, retryable = false): Response =>
  Response.json({ success: false, error: { code, message, retryable } }, { status });

/** A stream of Server-Sent Events that ends after the text, or stays open until the request is aborted. */
export function eventStream(text: string, signal: AbortSignal, open = false): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (!open) controller.close();
      else signal.addEventListener('abort', () => controller.error(signal.reason), { once: true });
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

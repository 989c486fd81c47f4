import { MoorageError } from '@moorage/protocol';

export interface BodyLimits {
  readonly bytes: number;
  readonly timeoutMs: number;
}

/** What a request's body holds, or why it cannot be taken and with which status that is said. */
export type BodyResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly status: 400 | 408 | 413 | 415; readonly error: MoorageError };

/** Reads a JSON body within its limits. No body at all is `undefined`. */
export async function readBody(request: Request, limits: BodyLimits): Promise<BodyResult> {
  if (Number(request.headers.get('content-length') ?? 0) > limits.bytes) return tooLarge(limits.bytes);
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') return refuse(415, `The body is encoded as "${encoding}": send it as it is`);
  const bytes = await collect(request, limits);
  if (!(bytes instanceof Uint8Array)) return bytes;
  if (bytes.byteLength === 0) return { ok: true, value: undefined };
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json' && !/^application\/[\w.+-]+\+json$/.test(type)) {
    return refuse(415, `The body's content type is "${type.slice(0, 100)}": send application/json`);
  }
  return parseJson(bytes);
}

function parseJson(bytes: Uint8Array): BodyResult {
  try {
    return { ok: true, value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message.slice(0, 200) : 'it is not UTF-8';
    return refuse(400, `The body is not JSON: ${why}`);
  }
}

/** All of the body, or the refusal; the rest of a refused one is not read. */
async function collect(request: Request, limits: BodyLimits): Promise<Uint8Array | BodyResult> {
  if (!request.body) return new Uint8Array();
  const reader = request.body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void reader.cancel().catch(() => undefined);
  }, limits.timeoutMs);
  timer.unref?.();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.byteLength;
      if (size > limits.bytes) {
        void reader.cancel().catch(() => undefined);
        return tooLarge(limits.bytes);
      }
      parts.push(part.value);
    }
  } catch {
    if (!late) return refuse(400, 'The body broke off before its end: send it again');
  } finally {
    clearTimeout(timer);
  }
  return late ? tooSlow(limits.timeoutMs) : Buffer.concat(parts, size);
}

function tooLarge(limit: number): BodyResult {
  const message = `The body is larger than ${limit} bytes, the limit of this host: send less, or have bodyLimitBytes raised`;
  return refuse(413, message, { limit });
}

function tooSlow(limit: number): BodyResult {
  const error = new MoorageError('timeout', `The body did not arrive within ${limit} ms: send it again, faster`, {
    operation: 'http.body',
    context: { limit },
  });
  return { ok: false, status: 408, error };
}

function refuse(status: 400 | 413 | 415, message: string, context: Record<string, unknown> = {}): BodyResult {
  return {
    ok: false,
    status,
    error: new MoorageError('invalid_argument', message, { operation: 'http.body', context }),
  };
}

import { errorTable, type MoorageError, toMoorageError, toWireError } from '@moorage/protocol';

export interface AnswerOptions {
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** `{success: true, data}`. */
export function success(data: unknown, { status = 200, headers = {} }: AnswerOptions = {}): Response {
  return Response.json({ success: true, data }, { status, headers });
}

/** `{success: false, error}`, with the status that the error table gives its code. */
export function failure(thrown: unknown, options: AnswerOptions = {}): Response {
  const { status, headers } = failureHead(thrown, options);
  return Response.json({ success: false, error: toWireError(thrown) }, { status, headers });
}

/** Status and headers that go with an error, in whichever form its body is. */
export function failureHead(thrown: unknown, options: AnswerOptions = {}) {
  const error = toMoorageError(thrown);
  const wait = retryAfter(error);
  return {
    status: options.status ?? errorTable[error.code].http,
    headers: {
      ...(wait === undefined ? {} : { 'retry-after': String(wait) }),
      ...(error.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
      ...options.headers,
    },
  };
}

/** Seconds after which trying again makes sense: as the error says, else short for a hiccup and longer for a limit. */
function retryAfter(error: MoorageError): number | undefined {
  if (error.code !== 'unavailable' && error.code !== 'resource_exhausted') return undefined;
  const told = error.context.retryAfterMs;
  if (typeof told === 'number' && told >= 0) return Math.max(1, Math.ceil(told / 1000));
  return error.code === 'unavailable' ? 1 : 10;
}

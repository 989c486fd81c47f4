import type { z } from 'zod';
import { answerSchema, replyEnvelopeSchema } from './envelope.js';
import { type ErrorBody, errorCodeOfStatus, fromWireError } from './error-body.js';
import { MoorageError, toMoorageError } from './errors.js';
import { readJson } from './json-text.js';

/** What a client needs to reach a host. */
export interface ClientOptions {
  /** Where the host answers, e.g. `http://127.0.0.1:3000`; a path prefix is kept. */
  readonly url: string;
  /** Bearer token, or where to get one for each request. [none] */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** [the global one] */
  readonly fetch?: typeof fetch | undefined;
  /** Put into the params of every action that names a customer and leaves it out. */
  readonly customerId?: string | undefined;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends one request. Errors: `unavailable` when the host cannot be reached, `cancelled` and `timeout` as the signal
 * says; the answer's status is the caller's to judge.
 */
export async function sendRequest(options: ClientOptions, request: Request, operation: string): Promise<Response> {
  const { method, path, body, headers = {}, signal } = request;
  const token = typeof options.token === 'function' ? await options.token() : options.token;
  const send = options.fetch ?? fetch;
  const url = joinUrl(options.url, path);
  try {
    return await send(url, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        accept: 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (thrown) {
    throw requestError(thrown, options, operation, signal);
  }
}

/** The data of a REST answer or of a reply envelope, or its error thrown. */
export async function readAnswer<R extends z.ZodType>(
  response: Response,
  schema: R,
  options: ClientOptions,
  operation: string,
  signal?: AbortSignal,
): Promise<z.output<R>> {
  let text: string;
  try {
    text = await response.text();
  } catch (thrown) {
    throw requestError(thrown, options, operation, signal);
  }
  const answer = readEitherForm(readJson(text));
  if (answer?.error !== undefined) throw fromWireError(answer.error);
  if (!response.ok || !answer) throw foreignAnswer(response.status, text, options, operation);
  const data = schema.safeParse(answer.data);
  if (data.success) return data.data;
  const [issue] = data.error.issues;
  const message = `Cannot read the answer to ${operation} of "${options.url}": ${issue?.path.join('.')}: ${issue?.message}. Is the host of another version than this client?`;
  throw new MoorageError('internal', message, { operation, context: { issues: data.error.issues } });
}

/** An answer in none of our forms: a proxy's page, or no Moorage host at all. */
function foreignAnswer(status: number, text: string, options: ClientOptions, operation: string): MoorageError {
  const code = status < 400 ? 'internal' : errorCodeOfStatus(status);
  const start = text.trim().slice(0, 200);
  const message = `Cannot ${operation}: "${options.url}" answered ${status} in a form that is not a Moorage host's: "${start}". Check the url`;
  return new MoorageError(code, message, { operation, context: { status } });
}

/** What `fetch` or reading a body threw, as one of ours. */
export function requestError(
  thrown: unknown,
  options: ClientOptions,
  operation: string,
  signal: AbortSignal | undefined,
): MoorageError {
  const name = nameOf(thrown);
  if (name === 'TimeoutError' || nameOf(signal?.reason) === 'TimeoutError') {
    return new MoorageError('timeout', `Gave up on ${operation}: no answer in the time that the caller set`, {
      operation,
      cause: thrown,
    });
  }
  if (name === 'AbortError' || signal?.aborted === true) {
    return new MoorageError('cancelled', `${operation} was cancelled by the caller`, { operation, cause: thrown });
  }
  const reason = thrown instanceof Error ? (nestedMessage(thrown) ?? thrown.message) : String(thrown);
  const message = `Cannot reach "${options.url}" for ${operation}: ${reason}. Check that the host runs and the url is right`;
  return new MoorageError('unavailable', message, { operation, cause: thrown });
}

/** Node's `fetch` says "fetch failed" and keeps the reason in its cause. */
function nestedMessage(error: Error): string | undefined {
  const cause: unknown = error.cause;
  if (!(cause instanceof Error)) return undefined;
  const code = (cause as Error & { code?: unknown }).code;
  return cause.message || (typeof code === 'string' ? code : undefined);
}

function nameOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? (value as { name?: string }).name : undefined;
}

function joinUrl(base: string, path: string): string {
  if (/^https?:/i.test(base) && URL.canParse(base)) return base.replace(/\/+$/, '') + path;
  const message = `Cannot use the url "${base}": give a full one such as "http://127.0.0.1:3000"`;
  throw new MoorageError('invalid_argument', message, { operation: 'client', context: { field: 'url' } });
}

/** An answer that is no success, thrown; for answers that are streams otherwise. */
export async function throwUnlessOk(response: Response, options: ClientOptions, operation: string): Promise<void> {
  if (response.ok) return;
  const text = await response.text().catch((thrown: unknown) => toMoorageError(thrown).message);
  const answer = readEitherForm(readJson(text));
  if (answer?.error !== undefined) throw fromWireError(answer.error);
  throw foreignAnswer(response.status, text, options, operation);
}

/** Data or error of a REST answer or of an envelope; undefined when it is neither. */
function readEitherForm(body: unknown): { readonly data?: unknown; readonly error?: ErrorBody } | undefined {
  const answer = answerSchema.safeParse(body);
  if (answer.success) return answer.data.success ? { data: answer.data.data } : { error: answer.data.error };
  const reply = replyEnvelopeSchema.safeParse(body);
  if (!reply.success || !isKeyed(body)) return undefined;
  if ('error' in reply.data) return { error: reply.data.error };
  return 'result' in body ? { data: body.result } : undefined;
}

function isKeyed(body: unknown): body is Record<string, unknown> {
  return typeof body === 'object' && body !== null;
}

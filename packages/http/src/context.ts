import type { Host } from '@moorage/core';
import { MoorageError } from '@moorage/protocol';
import type { Context } from 'hono';
import type { Call } from './call.js';
import type { HttpOptions } from './http-options.js';
import type { Authenticate, Principal } from './principal.js';

/** What every route works with. */
export interface HttpContext {
  readonly host: Host;
  readonly options: HttpOptions;
  readonly gate: Authenticate;
  readonly requestTimeoutMs: number;
  readonly bodyLimitBytes: number;
  readonly heartbeatMs: number;
  /** Aborts when the API is closed: streams end then. */
  readonly closing: AbortSignal;
}

/** What the server tells of a request beside the request itself. */
export interface Bindings {
  /** Path that the server took off before the request came here, e.g. Express's `baseUrl`. */
  readonly basePath?: string | undefined;
}

export type HttpEnv = { Bindings: Bindings };

/** Path under which the caller sees this API. */
export function basePathOf(context: HttpContext, c: Context<HttpEnv>): string {
  return c.env?.basePath ?? context.options.prefix ?? '';
}

/** URL under which the caller sees this API. */
export function baseUrlOf(context: HttpContext, c: Context<HttpEnv>): string {
  const { publicUrl } = context.options;
  return publicUrl?.replace(/\/+$/, '') ?? `${new URL(c.req.url).origin}${basePathOf(context, c)}`;
}

/** Errors: `invalid_argument` for a key that is no key. */
export function callOf(context: HttpContext, request: Request, principal: Principal, signal: AbortSignal): Call {
  return {
    host: context.host,
    principal,
    signal,
    prefer: request.headers.get('prefer'),
    idempotencyKey: idempotencyKey(request.headers.get('idempotency-key')),
    agentEnv: context.options.agentEnv,
  };
}

function idempotencyKey(given: string | null): string | undefined {
  if (given === null) return undefined;
  if (/^[\x20-\x7e]{1,255}$/.test(given)) return given;
  throw new MoorageError('invalid_argument', 'Idempotency-Key has to be 1 to 255 visible ASCII characters', {
    operation: 'http.idempotency',
    context: { field: 'Idempotency-Key', limit: 255 },
  });
}

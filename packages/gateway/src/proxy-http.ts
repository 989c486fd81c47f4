import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { answerError, answers } from './answer-error.js';
import type { BackendHandle } from './backend-handle.js';
import { decodeHeaders, requestHeaders, responseHeaders } from './headers.js';
import { type LazyBody, lazyBody } from './lazy-body.js';
import type { GatewaySettings } from './options.js';
import { forwardedFor, originForm } from './request-target.js';
import type { Claim, Routes } from './routes.js';
import { isConnectFailure, isMalformed, isSocketFailure, isTimeout } from './upstream-failure.js';

/** One request of a client, over all attempts to have it answered. */
interface Exchange {
  readonly routes: Routes;
  readonly settings: GatewaySettings;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly headers: string[];
  readonly body: LazyBody | undefined;
  readonly claim: Claim;
  /** The head of an answer has gone to the client: no way back. */
  answered: boolean;
  clientGone: boolean;
  retriedSocket: boolean;
  abort: (() => void) | undefined;
  resume: (() => void) | undefined;
}

/** Safe to send twice, by definition of HTTP. */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Sends one request to a backend and its answer back, as it comes. */
export function proxyHttp(
  routes: Routes,
  settings: GatewaySettings,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = originForm(request.url ?? '');
  if (request.method === 'TRACE') answerError(response, answers.badMethod('TRACE'));
  else if (path === undefined) answerError(response, answers.badTarget());
  else forward(newExchange(routes, settings, request, response, path));
}

function newExchange(
  routes: Routes,
  settings: GatewaySettings,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Exchange {
  const exchange: Exchange = {
    routes,
    settings,
    request,
    response,
    path,
    headers: requestHeaders(request.rawHeaders, forwardedFor(request)),
    body: lazyBody(request),
    claim: routes.claim((listener) => {
      response.once('close', listener);
      return () => response.off('close', listener);
    }),
    answered: false,
    clientGone: false,
    retriedSocket: false,
    abort: undefined,
    resume: undefined,
  };
  // What breaks on the client's side is told by `close`.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  response.on('drain', () => exchange.resume?.());
  response.on('close', () => {
    if (response.writableFinished) return;
    exchange.clientGone = true;
    exchange.abort?.();
    exchange.body?.stream.destroy();
  });
  return exchange;
}

function forward(exchange: Exchange): void {
  const handle = exchange.routes.pick(exchange.claim);
  if (handle) attempt(exchange, handle);
  else void waitAndForward(exchange);
}

async function waitAndForward(exchange: Exchange): Promise<void> {
  const acquired = await exchange.routes.acquire(exchange.claim);
  if (exchange.clientGone) return;
  if (acquired.kind === 'backend') attempt(exchange, acquired.handle);
  if (acquired.kind === 'refused') answerError(exchange.response, acquired.answer);
}

function attempt(exchange: Exchange, handle: BackendHandle): void {
  const { request, response, path, headers, body } = exchange;
  const end = handle.begin();
  exchange.abort = undefined;
  exchange.resume = undefined;
  const handler: Dispatcher.DispatchHandler = {
    onConnect(abort) {
      exchange.abort = abort;
      if (exchange.clientGone) abort();
    },
    onHeaders(status, raw, resume) {
      // Interim answers are for this connection only.
      if (status < 200) return true;
      exchange.resume = resume;
      exchange.answered = true;
      writeHead(exchange, status, decodeHeaders(raw));
      return true;
    },
    onData: (chunk) => response.write(chunk),
    onComplete(trailers) {
      end();
      exchange.abort = undefined;
      // Typed as strings; undici gives bytes here as it does for headers.
      const rest = decodeHeaders((trailers ?? []) as unknown as Buffer[]);
      if (rest.length > 0 && response.chunkedEncoding) response.addTrailers(pairs(responseHeaders(rest)));
      response.end();
    },
    onError(error) {
      end();
      exchange.abort = undefined;
      afterError(exchange, handle, error);
    },
  };
  const method = (request.method ?? 'GET') as Dispatcher.HttpMethod;
  handle.pool.dispatch({ path, method, headers, body: body?.stream ?? null }, handler);
}

function writeHead(exchange: Exchange, status: number, raw: string[]): void {
  const { request, response } = exchange;
  const headers = responseHeaders(raw);
  const names = headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const chunked =
    request.method !== 'HEAD' &&
    request.httpVersion === '1.1' &&
    status !== 204 &&
    status !== 304 &&
    !names.includes('content-length');
  // `Trailer` announces what only a chunked answer can carry.
  const trailer = chunked ? -1 : names.indexOf('trailer');
  if (trailer >= 0) headers.splice(trailer * 2, 2);
  response.writeHead(status, headers);
  // The head goes out together with the first data when that is there already, and else by itself: a stream may be
  // silent at first.
  setImmediate(() => {
    if (!response.writableEnded && !response.destroyed) response.flushHeaders();
  });
}

function pairs(flat: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) out.push([flat[index] ?? '', flat[index + 1] ?? '']);
  return out;
}

function afterError(exchange: Exchange, handle: BackendHandle, error: Error): void {
  const { response, settings } = exchange;
  if (exchange.clientGone) return;
  if (mayRepeat(exchange, handle, error)) forward(exchange);
  else if (isMalformed(error)) answerError(response, answers.malformed());
  else answerError(response, isTimeout(error) ? answers.silent(settings.answerTimeoutMs) : answers.broken());
}

function mayRepeat(exchange: Exchange, handle: BackendHandle, error: Error): boolean {
  const { request, body, claim } = exchange;
  if (exchange.answered || body?.touched) return false;
  if (isConnectFailure(error)) {
    claim.refused.add(handle);
    return true;
  }
  // A kept connection that the agent closed at the moment of its use, or an agent that has just died.
  if (body || exchange.retriedSocket || !isSocketFailure(error) || !repeatable.has(request.method ?? '')) return false;
  exchange.retriedSocket = true;
  return true;
}

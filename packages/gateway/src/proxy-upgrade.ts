import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { answers, type ErrorAnswer, rawErrorAnswer } from './answer-error.js';
import type { BackendHandle } from './backend-handle.js';
import { requestHeaders, responseHeaders } from './headers.js';
import type { GatewaySettings } from './options.js';
import { forwardedFor, originForm } from './request-target.js';
import type { Claim, Routes } from './routes.js';
import { isConnectFailure } from './upstream-failure.js';

/** One client that wants to leave HTTP, over all attempts to find it a backend. */
interface UpgradeExchange {
  readonly routes: Routes;
  readonly settings: GatewaySettings;
  readonly request: IncomingMessage;
  readonly client: Socket;
  /** What the client has sent already behind its request. */
  readonly head: Buffer;
  readonly path: string;
  readonly headers: string[];
  readonly claim: Claim;
}

/**
 * A WebSocket: the handshake goes through as HTTP, and after the agent's 101 the two sockets are joined. Any other
 * protocol is
 * not offered to the agent: the request goes on as a plain one, as HTTP allows.
 */
export function proxyUpgrade(
  routes: Routes,
  settings: GatewaySettings,
  request: IncomingMessage,
  client: Socket,
  head: Buffer,
): void {
  client.on('error', () => client.destroy());
  const path = originForm(request.url ?? '');
  if (path === undefined) refuse(client, answers.badTarget(), 'Bad Request');
  else if (hasBody(request)) refuse(client, answers.upgradeWithBody(), 'Not Implemented');
  else {
    const headers = requestHeaders(request.rawHeaders, forwardedFor(request));
    if (request.headers.upgrade?.toLowerCase() === 'websocket')
      headers.push('Connection', 'Upgrade', 'Upgrade', 'websocket');
    else headers.push('Connection', 'close');
    const claim = routes.claim((listener) => {
      client.once('close', listener);
      return () => client.off('close', listener);
    });
    void forward({ routes, settings, request, client, head, path, headers, claim });
  }
}

/** It lies behind the point where reading as HTTP has ended. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

async function forward(exchange: UpgradeExchange): Promise<void> {
  const { routes, claim, client } = exchange;
  const picked = routes.pick(claim);
  const acquired = picked ? { kind: 'backend' as const, handle: picked } : await routes.acquire(claim);
  if (client.destroyed) return;
  if (acquired.kind === 'backend') attempt(exchange, acquired.handle);
  if (acquired.kind === 'refused') refuse(client, acquired.answer, 'Service Unavailable');
}

function attempt(exchange: UpgradeExchange, handle: BackendHandle): void {
  const { request, client, head, path, headers, settings, claim } = exchange;
  const { host, port } = handle.backend.endpoint;
  const end = handle.begin();
  const sent = httpRequest({
    host,
    port,
    path,
    method: request.method,
    headers,
    agent: false,
    timeout: settings.answerTimeoutMs,
    maxHeaderSize: settings.maxHeaderBytes,
  });
  const abort = () => sent.destroy();
  let joined = false;
  let answered = false;
  client.once('close', abort);
  sent.once('close', () => {
    client.off('close', abort);
    if (!joined) end();
  });
  sent.on('upgrade', (answer, upstream, rest) => {
    joined = true;
    client.off('close', abort);
    client.write(headOf(answer, ['Connection', 'Upgrade', 'Upgrade', answer.headers.upgrade ?? 'websocket']), 'latin1');
    if (rest.length > 0) client.write(rest);
    if (head.length > 0) upstream.write(head);
    join(client, upstream as Socket, end);
  });
  sent.on('response', (answer) => {
    answered = true;
    // An ordinary answer: this connection ends after it, since what follows on it would go unchecked.
    client.write(headOf(answer, ['Connection', 'close']), 'latin1');
    answer.pipe(client);
    answer.on('error', () => client.destroy());
  });
  sent.on('timeout', () => sent.destroy(Object.assign(new Error('no answer'), { code: 'UND_ERR_HEADERS_TIMEOUT' })));
  sent.on('error', (error: NodeJS.ErrnoException) => {
    if (client.destroyed || answered) return;
    if (isConnectFailure(error)) {
      claim.refused.add(handle);
      void forward(exchange);
    } else refuse(client, answers.broken(), 'Bad Gateway');
  });
  sent.end();
}

function join(client: Socket, upstream: Socket, end: () => void): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.setTimeout(0);
    from.setNoDelay(true);
    from.setKeepAlive(true, 30_000);
    from.pipe(to);
    from.on('error', () => from.destroy());
    // What was received before the end is still written out.
    from.on('close', (failed) => (failed ? to.destroy() : to.destroySoon()));
  }
  upstream.on('close', end);
}

function headOf(answer: IncomingMessage, connection: readonly string[]): string {
  const headers = [...responseHeaders(answer.rawHeaders), ...connection];
  let head = `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n`;
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return `${head}\r\n`;
}

function refuse(client: Socket, answer: ErrorAnswer, reason: string): void {
  client.end(rawErrorAnswer(answer, reason));
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Host } from '@moorage/core';
import { MoorageError } from '@moorage/protocol';
import { failure } from './answer.js';
import type { Bindings, HttpContext } from './context.js';
import { createApp } from './create-app.js';
import { createGate, isLoopbackPeer, refuse } from './gate.js';
import type { HttpOptions } from './http-options.js';
import { createLiveSocket } from './live-socket.js';
import { belowPrefix, toWebRequest } from './node-request.js';
import { writeNodeResponse } from './node-response.js';

/** The control interface of a host, ready to be mounted. */
export interface Http {
  /** Web-standard form, for any server that has it. */
  fetch(request: Request): Promise<Response>;
  /** For node:http, Express (`app.use(http.node)`, before body parsers) and Fastify (with the raw request). */
  readonly node: (request: IncomingMessage, response: ServerResponse) => void;
  /** For the server's `upgrade` event. False: the upgrade is not for this API, and the socket is untouched. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  /** Ends event streams and WebSockets, so that the server can close; other requests are still answered. */
  close(): void;
}

/** The HTTP API of a host: REST, envelope, event streams, health, figures, OpenAPI. Defaults: {@link HttpOptions}. */
export function createHttp(host: Host, options: HttpOptions = {}): Http {
  const closing = new AbortController();
  const context: HttpContext = {
    host,
    options,
    gate: createGate(options),
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    bodyLimitBytes: options.bodyLimitBytes ?? 1024 * 1024,
    heartbeatMs: options.heartbeatMs ?? 15_000,
    closing: closing.signal,
  };
  const app = createApp(context);
  const serveOnlyLoopback = !options.authenticate && !options.token;
  const live = createLiveSocket(context, serveOnlyLoopback);

  const answer = async (incoming: IncomingMessage, signal: AbortSignal): Promise<Response> => {
    if (serveOnlyLoopback && !isLoopbackPeer(incoming.socket.remoteAddress)) return failure(refuse('other machines'));
    const basePath = (incoming as IncomingMessage & { baseUrl?: string }).baseUrl || undefined;
    const path = belowPrefix(incoming.url, basePath === undefined ? (options.prefix ?? '') : '');
    if (path === undefined) return failure(outside(incoming.url));
    const request = toWebRequest(incoming, path, signal);
    if (!request) return failure(unreadable(incoming.method), { status: 405 });
    const bindings: Bindings = { basePath };
    return app.fetch(request, bindings);
  };

  return {
    fetch: async (request) => app.fetch(request, {} satisfies Bindings),
    node(incoming, response) {
      const gone = new AbortController();
      response.once('close', () => {
        if (!response.writableFinished) gone.abort();
      });
      answer(incoming, gone.signal)
        .catch((thrown: unknown) => failure(thrown))
        .then((written) => writeNodeResponse(written, response))
        .catch(() => response.destroy());
    },
    upgrade: live.upgrade,
    close() {
      closing.abort();
      live.close();
    },
  };
}

function outside(url: string | undefined): MoorageError {
  return new MoorageError('not_found', `There is nothing at "${url?.slice(0, 200)}" on this host`, {
    operation: 'http.route',
  });
}

function unreadable(method: string | undefined): MoorageError {
  return new MoorageError('unsupported', `A request with the method "${method}" cannot be answered here`, {
    operation: 'http.route',
  });
}

import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { MoorageError } from '@moorage/core';
import { answers, rawErrorAnswer } from './answer-error.js';
import type { GatewaySettings } from './options.js';
import { proxyHttp } from './proxy-http.js';
import { proxyUpgrade } from './proxy-upgrade.js';
import type { Routes } from './routes.js';

/** A listening port and the requests that came through it. */
export interface Door {
  readonly port: number;
  /** Stops listening; requests in flight get the grace period, then every connection ends. Idempotent. */
  close(): Promise<void>;
}

/** Errors: `already_exists` when another program has the port, `permission_denied`, `unavailable`. */
export async function openDoor(port: number, routes: Routes, settings: GatewaySettings): Promise<Door> {
  const upgraded = new Set<Socket>();
  const busy = counter();
  const server = createServer(
    // No limit for a whole request: an upload may take hours. Its head may not.
    { maxHeaderSize: settings.maxHeaderBytes, requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 65_000 },
    (request, response) => {
      response.once('close', busy.begin());
      proxyHttp(routes, settings, request, response);
    },
  );
  server.on('upgrade', (request, socket: Socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    proxyUpgrade(routes, settings, request, socket, head);
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(rawErrorAnswer(answers.badMethod('CONNECT'), 'Method Not Allowed'));
  });
  await listen(server, port, settings.host);

  let closing: Promise<void> | undefined;
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    routes.close();
    await Promise.race([busy.none(), pause(settings.releaseGraceMs)]);
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
    routes.destroy();
    await closed;
  };
  return {
    port: (server.address() as { readonly port: number }).port,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(error, port, host));
    server.once('error', failed);
    server.listen({ port, host }, () => {
      server.off('error', failed);
      // Afterwards only a failed accept comes here, of one connection and not of the server.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string): MoorageError {
  const options = { operation: 'gateway.open', context: { port, host }, cause: error };
  if (error.code === 'EADDRINUSE') {
    const way = 'end that program, or give the host another range of ports';
    return new MoorageError(
      'already_exists',
      `Cannot open port ${port} on ${host}: another program listens there; ${way}`,
      options,
    );
  }
  if (error.code === 'EACCES') {
    const way = 'choose a range above 1023';
    return new MoorageError(
      'permission_denied',
      `Cannot open port ${port} on ${host}: this user may not; ${way}`,
      options,
    );
  }
  return new MoorageError('unavailable', `Cannot open port ${port} on ${host}: ${error.message}`, options);
}

/** Counts what is going on and tells when it is nothing. */
function counter() {
  let count = 0;
  let tell: (() => void) | undefined;
  return {
    begin: () => {
      count += 1;
      return () => {
        count -= 1;
        if (count === 0) tell?.();
      };
    },
    none: () =>
      new Promise<void>((resolve) => {
        tell = resolve;
        if (count === 0) resolve();
      }),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

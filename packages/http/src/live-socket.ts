import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { endpoints, errorTable, toMoorageError, toWireError } from '@moorage/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { HttpContext } from './context.js';
import { isLoopbackPeer, refuse } from './gate.js';
import { belowPrefix, toWebRequest } from './node-request.js';
import { openFeed } from './open-feed.js';
import { pumpSocket } from './pump-socket.js';
import { eventRecord } from './records/event-record.js';
import { feedOptions } from './routes/event-stream.js';

/** WebSockets at /v1/live: each message is one event, with the cursor of the feed. */
export function createLiveSocket(context: HttpContext, serveOnlyLoopback: boolean) {
  // What a client sends is not read, so little of it is taken. A token offered as a subprotocol is never chosen.
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: 4096,
    handleProtocols: (offered) => [...offered].find((name) => !name.startsWith('bearer.')) ?? false,
  });

  const accept = async (incoming: IncomingMessage, path: string, socket: Duplex, head: Buffer) => {
    const gone = new AbortController();
    const onGone = () => gone.abort();
    socket.on('error', onGone);
    socket.on('close', onGone);
    try {
      if (serveOnlyLoopback && !isLoopbackPeer(incoming.socket.remoteAddress)) throw refuse('other machines');
      const request = toWebRequest(incoming, path, gone.signal);
      if (!request) throw toMoorageError(undefined, 'http.live');
      const principal = await context.gate(request);
      const signal = AbortSignal.any([gone.signal, context.closing]);
      const { items } = await openFeed(context.host, { ...feedOptions(principal, request), signal });
      if (gone.signal.aborted) return;
      server.handleUpgrade(incoming, socket, head, (webSocket: WebSocket) => {
        void pumpSocket({
          socket: webSocket,
          items,
          render: (event) => JSON.stringify(eventRecord(event)),
          stop: onGone,
          heartbeatMs: context.heartbeatMs,
        });
      });
    } catch (thrown) {
      refuseUpgrade(socket, thrown);
    }
  };

  return {
    /** True when the upgrade is ours, whether it is granted or refused. */
    upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): boolean {
      const path = belowPrefix(incoming.url, context.options.prefix ?? '');
      if (path === undefined || path.split('?', 1)[0] !== endpoints.live) return false;
      void accept(incoming, path, socket, head);
      return true;
    },
    close(): void {
      for (const client of server.clients) client.close(1001, 'the host is closing');
      server.close();
    },
  };
}

/** The refusal as a plain answer: there is no WebSocket yet to say it on. */
function refuseUpgrade(socket: Duplex, thrown: unknown): void {
  const error = toMoorageError(thrown);
  const { http: status } = errorTable[error.code];
  const body = JSON.stringify({ success: false, error: toWireError(thrown) });
  const head = [
    `HTTP/1.1 ${status} ${error.code}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(status === 401 ? ['www-authenticate: Bearer'] : []),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

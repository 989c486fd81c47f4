import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Http } from '@moorage/http';
import express from 'express';
import { listenOn, stopServer } from './listen.js';

export interface HostServer {
  readonly port: number;
  /** From now on requests are the API's. Until then they are answered 503. */
  serve(http: Http): void;
  stop(): Promise<void>;
}

/**
 * The Express application of the host. It listens before anything slow is begun, so that a taken port is told at once.
 * Another service would add its own routes behind the API.
 */
export async function openServer(port: number, host: string): Promise<HostServer> {
  let api: Http | undefined;
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response) => {
    if (api) return api.node(request, response);
    response
      .status(503)
      .set('Retry-After', '1')
      .json({
        success: false,
        error: { code: 'unavailable', message: 'The host is starting: try again in a moment', retryable: true },
      });
  });
  const server: Server = createServer(app);
  server.on('upgrade', (request, socket: Duplex, head) => {
    if (!api?.upgrade(request, socket, head)) socket.destroy();
  });
  const listening = await listenOn(server, port, host);
  return {
    port: listening,
    serve(http) {
      api = http;
    },
    async stop() {
      api?.close();
      await stopServer(server);
    },
  };
}

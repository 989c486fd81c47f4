import { createServer } from 'node:http';
import type { Host } from '@moorage/core';
import { type Authenticate, createHttp } from '@moorage/http';
import { listenOn, stopServer } from './listen.js';

/**
 * The narrow listener for containers, on an address that they reach: the usage route and nothing else. Undefined where
 * this machine does not have that address, as when the engine runs in a machine of its own.
 */
export async function openUsageDoor(
  host: Host,
  authenticate: Authenticate,
  address: string,
  port: number,
): Promise<{ stop(): Promise<void> } | undefined> {
  const http = createHttp(host, { authenticate });
  const server = createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/v1/usage') return http.node(request, response);
    response.writeHead(404, { 'content-type': 'application/json' });
    const error = { code: 'not_found', message: 'Only usage is taken here', retryable: false };
    response.end(JSON.stringify({ success: false, error }));
  });
  try {
    await listenOn(server, port, address);
  } catch {
    return undefined;
  }
  return { stop: () => stopServer(server) };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registry on loopback that has no image at all. */
export interface EmptyRegistry {
  /** `host:port`, as an image's name begins with it. */
  readonly address: string;
  close(): Promise<void>;
}

export async function emptyRegistry(): Promise<EmptyRegistry> {
  const server = createServer((request, response) => {
    const status = request.url === '/v2/' ? 200 : 404;
    response.writeHead(status, {
      'content-type': 'application/json',
      'docker-distribution-api-version': 'registry/2.0',
    });
    response.end(status === 200 ? '{}' : '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

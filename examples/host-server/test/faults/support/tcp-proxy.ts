import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { lateLines } from './late-lines.js';

/** Stands between a host and its database, and lets what passes come late or not at all. */
export interface TcpProxy {
  readonly port: number;
  /** So long each part is held back from now on, in both directions. */
  delay(ms: number): void;
  /** Nothing passes until `release`; connections are taken, and stay silent. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

export async function tcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const { line, delay, hold, release } = lateLines();

  /** Hands on what one side sends, in order. */
  const pass = (from: Socket, to: Socket) => {
    const inLine = line();
    sockets.add(from);
    from.on('data', (part) => inLine(() => void (to.destroyed || to.write(part))));
    from.on('end', () => inLine(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      inLine(() => to.destroy());
    });
  };

  const server = createServer((client) => {
    const database = connect({ port: target, host: '127.0.0.1' });
    pass(client, database);
    pass(database, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    delay,
    hold,
    release,
    async close() {
      release();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

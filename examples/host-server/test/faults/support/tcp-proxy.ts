import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { scheduler } from 'node:timers/promises';

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
  let delayMs = 0;
  let gate: Promise<void> = Promise.resolve();
  let open = () => {};

  /** Hands on what one side sends, in order. */
  const pass = (from: Socket, to: Socket) => {
    let line: Promise<unknown> = Promise.resolve();
    const inLine = (step: () => void) => {
      line = line
        .then(() => (delayMs > 0 ? scheduler.wait(delayMs) : undefined))
        .then(() => gate)
        .then(step);
    };
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
    delay(ms) {
      delayMs = ms;
    },
    hold() {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    release: () => open(),
    async close() {
      open();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

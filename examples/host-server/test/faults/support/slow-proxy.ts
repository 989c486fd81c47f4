import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lateLines } from './late-lines.js';

/** Stands between a host and the engine, and lets answers come late or not at all. */
export interface SlowProxy {
  readonly socketPath: string;
  /** So long each part of an answer is held back from now on. */
  delay(ms: number): void;
  /** No answer comes through until `release`. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

export async function slowProxy(target = '/var/run/docker.sock'): Promise<SlowProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'moor-slow-'));
  const socketPath = join(folder, 'engine.sock');
  const sockets = new Set<Socket>();
  const { line, delay, hold, release } = lateLines();
  const server = createServer((client) => {
    const engine = connect(target);
    const inLine = line();
    client.on('data', (part) => engine.write(part));
    client.on('end', () => engine.end());
    engine.on('data', (part) => inLine(() => client.write(part)));
    engine.on('end', () => inLine(() => client.end()));
    for (const [socket, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', () => engine.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    delay,
    hold,
    release,
    async close() {
      release();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

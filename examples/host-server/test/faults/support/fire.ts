import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Host } from '@moorage/core';
import { createHttp, type Http } from '@moorage/http';
import { type EmbeddedPostgres, embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import pg from 'pg';
import { type TcpProxy, tcpProxy } from './tcp-proxy.js';
import { openWorld, type World } from './world.js';

const run = promisify(execFile);

export const token = 'a-token-of-this-test';

/** A whole host (processes, gateway, HTTP) on a database that a test may ill-treat. */
export interface Fire {
  readonly world: World;
  readonly host: Host;
  readonly http: Http;
  readonly proxy: TcpProxy;
  /** Holds the server's data and log. */
  readonly folder: string;
  /** The server, which does not start again by itself. */
  server(): EmbeddedPostgres;
  /** Starts it again after its end, at the same port. */
  restart(): Promise<void>;
  /** Statements of the test, past proxy and store, in one transaction. */
  query(text: string): Promise<Record<string, unknown>[]>;
  /** A connection past the proxy, not connected yet. */
  client(): pg.Client;
  close(): Promise<void>;
}

export interface FireOptions {
  /** The data lies on a disk of its own of that size (Linux, as root). */
  readonly diskMegabytes?: number;
  /** For a connection, and for a statement. [8 000] */
  readonly timeoutMs?: number;
}

export async function openFire({ diskMegabytes, timeoutMs = 8_000 }: FireOptions = {}): Promise<Fire> {
  const disk = await openDisk(diskMegabytes);
  const folder = join(disk.folder, 'postgres');
  const port = await freePort();
  const start = () => embeddedPostgres({ folder, port, restart: false });
  let server = await start();
  const proxy = await tcpProxy(port);
  const world = await openWorld('process');
  const url = withPort(server.url, proxy.port);
  const store = await postgresStore({ url, connectTimeoutMs: timeoutMs, statementTimeoutMs: timeoutMs });
  const host = await world.host({ store, leaseMs: 4_000 });
  const client = () => {
    const made = new pg.Client({ connectionString: server.url });
    made.on('error', () => undefined);
    return made;
  };
  return {
    ...{ world, host, proxy, folder, client },
    http: createHttp(host, { token }),
    server: () => server,
    async restart() {
      await server.close();
      server = await start();
    },
    async query(text) {
      const asking = client();
      await asking.connect();
      try {
        return (await asking.query(text)).rows as Record<string, unknown>[];
      } finally {
        await asking.end();
      }
    },
    async close() {
      proxy.release();
      proxy.delay(0);
      await world.close();
      await proxy.close();
      await server.close();
      await disk.remove();
    },
  };
}

async function openDisk(megabytes: number | undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-fire-'));
  if (megabytes !== undefined) {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'moorage-fire', folder]);
  }
  // The server runs as another user where the test is root.
  await chmod(folder, 0o711);
  return {
    folder,
    async remove() {
      if (megabytes !== undefined) await run('umount', ['--lazy', folder]);
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

function withPort(url: string, port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

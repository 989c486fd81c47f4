import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MoorageError } from '@moorage/protocol';
import { optionalPackage } from './optional-package.js';

/** A server that answers, and how it is left as it was found. */
export interface FoundServer {
  readonly url: string;
  /** True: it was down, and goes down again by `close`. */
  readonly started: boolean;
  close(): Promise<void>;
}

const nothingToClose = async () => {};

/**
 * The embedded PostgreSQL of a host's folder: the running one where there seems to be one, else started for this look.
 * Errors: `not_found` when the folder holds none (it is not made), and those of the start.
 */
export async function embeddedServer(folder: string): Promise<FoundServer> {
  const data = join(resolve(folder), 'data');
  const isThere = await stat(join(data, 'PG_VERSION')).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
      throw notReadable(folder, error);
    },
  );
  if (!isThere) {
    throw new MoorageError(
      'not_found',
      `There is no embedded PostgreSQL in "${folder}": name the state folder of the host (--state), or its database (--store)`,
      { operation: 'cli.doctor', context: { folder } },
    );
  }
  const url = await runningUrl(folder, data);
  return url === undefined ? startServer(folder) : { url, started: false, close: nothingToClose };
}

/** Errors: `already_exists` when a live host has the folder. */
export async function startServer(folder: string): Promise<FoundServer> {
  const { embeddedPostgres } = await optionalPackage(
    '@moorage/store-postgres',
    () => import('@moorage/store-postgres'),
  );
  const server = await embeddedPostgres({ folder, restart: false });
  return { url: server.url, started: true, close: server.close };
}

/** From what the server itself writes beside its data; undefined when its process is gone. */
async function runningUrl(folder: string, data: string): Promise<string | undefined> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!(pid > 0) || !(port > 0) || !isAlive(pid)) return undefined;
  const password = await readFile(join(folder, 'password'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw notReadable(folder, error);
  });
  return `postgresql://moorage:${encodeURIComponent(password.trim())}@127.0.0.1:${port}/postgres`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is another user's: alive all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function notReadable(folder: string, error: NodeJS.ErrnoException): MoorageError {
  const message = `Cannot read the embedded PostgreSQL in "${folder}": ${error.message}`;
  const code = error.code === 'EACCES' || error.code === 'EPERM' ? 'permission_denied' : 'unavailable';
  return new MoorageError(code, message, { operation: 'cli.doctor', context: { folder }, cause: error });
}

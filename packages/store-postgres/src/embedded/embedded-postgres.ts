import { chmod, mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isMoorageError, MoorageError } from '@moorage/core/store';
import { findBinaries } from './binaries.js';
import { lockFolder } from './host-lock.js';
import { databaseUser, initData } from './init-data.js';
import { launcher } from './launch.js';
import { readOrMakePassword } from './password-file.js';
import type { RunningServer } from './running-server.js';
import { type ServerSettings, startServer } from './server-process.js';
import { serverUser } from './server-user.js';
import { superviseServer } from './supervise-server.js';

export interface EmbeddedPostgresOptions {
  /** Holds the data, the password (mode 600), the log and the lock of one host; made when missing. */
  readonly folder: string;
  /** Port on 127.0.0.1. [a free one at each start] */
  readonly port?: number | undefined;
  /** Longest time until the server answers; after a crash it repairs its data first. [60 000] */
  readonly startTimeoutMs?: number | undefined;
  /** Start the server again when it ends by itself while the host lives. [true] */
  readonly restart?: boolean | undefined;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** For `postgresStore`; holds the password. The same for as long as this one is open. */
  readonly url: string;
  /** Process of the server; undefined while it is down. */
  pid(): number | undefined;
  /** Stops the server in order and frees the folder. Idempotent. */
  close(): Promise<void>;
}

/**
 * A PostgreSQL server of one's own: the real thing from npm, its data in a folder, on loopback only. It ends with the
 * host; a host that was killed finds it again, running or not. Errors: `already_exists` when another host uses the
 * folder, `unsupported` where the platform has no build, `permission_denied`, `resource_exhausted`, `unavailable` with
 * its log.
 */
export async function embeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder);
  const unlock = await inFolder(folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return lockFolder(folder);
  });
  try {
    return await inFolder(folder, () => open(folder, options, unlock));
  } catch (thrown) {
    await unlock();
    throw thrown;
  }
}

async function open(
  folder: string,
  options: EmbeddedPostgresOptions,
  unlock: () => Promise<void>,
): Promise<EmbeddedPostgres> {
  const data = join(folder, 'data');
  const { postgres, initdb } = await findBinaries();
  const user = await serverUser(data);
  // The server's user has to pass through the folder to its data; what else is in it stays closed to him.
  if (user !== undefined) await chmod(folder, ((await stat(folder)).mode & 0o7777) | 0o011);
  const launch = await launcher(user, postgres, folder);
  const isNew = await stat(data).then(
    () => false,
    () => true,
  );
  const password = await readPassword(folder, isNew);
  if (isNew) await initData({ folder, data, password, initdb, launch, user });
  const settings: ServerSettings = {
    folder,
    data,
    postgres,
    launch,
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    url: (port) => `postgresql://${databaseUser}:${password}@127.0.0.1:${port}/postgres`,
  };
  const server: RunningServer = await startServer(settings, options.port);
  const supervisor = superviseServer(settings, server, options.restart ?? true);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= supervisor.stop().finally(unlock);
    return closing;
  };
  return { url: settings.url(server.port), pid: supervisor.pid, close, [Symbol.asyncDispose]: close };
}

async function readPassword(folder: string, isNew: boolean): Promise<string> {
  const path = join(folder, 'password');
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere || isNew) return readOrMakePassword(path);
  throw new MoorageError(
    'permission_denied',
    `The file "${path}" with the password of the data beside it is gone: put it back, or move the folder "data" away to ` +
      'begin anew',
    { operation: 'embedded.start', context: { folder } },
  );
}

/** A full disk or a closed folder is told as such, with its path. */
async function inFolder<T>(folder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    if (isMoorageError(thrown)) throw thrown;
    const { code, message } = thrown as NodeJS.ErrnoException;
    const mapped =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'resource_exhausted'
        : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
          ? 'permission_denied'
          : code === 'ENOTDIR' || code === 'EEXIST'
            ? 'invalid_argument'
            : 'internal';
    throw new MoorageError(mapped, `The embedded PostgreSQL cannot use the folder "${folder}": ${message}`, {
      operation: 'embedded.start',
      context: { folder },
      cause: thrown,
    });
  }
}

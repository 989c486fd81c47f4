import { join } from 'node:path';
import type { Store } from '@moorage/core';
import { isMoorageError, MoorageError } from '@moorage/protocol';
import { embeddedServer, type FoundServer, startServer } from './embedded-server.js';
import { optionalPackage } from './optional-package.js';

export interface OpenedStore {
  readonly store: Store;
  /** Where it is, without its password. */
  readonly words: string;
  close(): Promise<void>;
}

/**
 * Opens the state of the hosts for reading: the server itself refuses every write of these connections, so nothing is
 * migrated either. Errors: those of the store; `unsupported` for a database whose schema is not of this version.
 */
export async function openStore(where: {
  /** Undefined: the embedded server of the state folder. */
  readonly url: string | undefined;
  readonly schema: string | undefined;
  readonly state: string;
}): Promise<OpenedStore> {
  if (where.url !== undefined) return connect(where.url, where.schema, `PostgreSQL at ${withoutSecrets(where.url)}`);
  const folder = join(where.state, 'postgres');
  const server = await embeddedServer(folder);
  try {
    return await connectTo(server, folder, where.schema);
  } catch (thrown) {
    // What a dead server has left may look like a live one.
    if (server.started || !isMoorageError(thrown) || thrown.code !== 'unavailable') throw thrown;
    return connectTo(await startServer(folder), folder, where.schema);
  }
}

/** Owns the server: it is closed with the store, and when there is no store to be had. */
async function connectTo(server: FoundServer, folder: string, schema: string | undefined): Promise<OpenedStore> {
  const how = server.started ? ', started for this look' : '';
  try {
    const opened = await connect(server.url, schema, `embedded PostgreSQL in ${folder}${how}`);
    const close = async () => {
      await opened.close();
      await server.close();
    };
    return { ...opened, close };
  } catch (thrown) {
    await server.close();
    throw thrown;
  }
}

async function connect(url: string, schema: string | undefined, words: string): Promise<OpenedStore> {
  const { postgresStore } = await optionalPackage('@moorage/store-postgres', () => import('@moorage/store-postgres'));
  try {
    const store = await postgresStore({ url: readOnlyUrl(url), schema, poolSize: 4 });
    return { store, words, close: () => store.close() };
  } catch (thrown) {
    if (!isMoorageError(thrown) || thrown.context.sqlState !== readOnlyState) throw thrown;
    throw new MoorageError(
      'unsupported',
      `The ${words} has no schema of this version of Moorage in "${schema ?? 'public'}": it is another database, or a ` +
        'host of this version has to start on it first. Nothing was changed',
      { operation: 'cli.doctor', cause: thrown },
    );
  }
}

/** SQLSTATE of a write on a connection that only reads. */
const readOnlyState = '25006';

/** Has the server refuse every write of connections made with it. A URL that cannot be read is the store's to tell. */
export function readOnlyUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  const options = parsed.searchParams.get('options');
  const readOnly = '-c default_transaction_read_only=on';
  parsed.searchParams.set('options', options ? `${options} ${readOnly}` : readOnly);
  return parsed.href;
}

/** For messages: user, host and database only. */
export function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return '…';
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

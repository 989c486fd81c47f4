import { isMoorageError, MoorageError } from '@moorage/core/store';
import pg from 'pg';
import { isConnectionLost, mapError } from './map-error.js';

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** A statement that the server prepares once for each connection; `name` and `text` belong together for ever. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Row = Record<string, unknown>;

/** Runs statements, on the pool or on the one connection of a transaction. */
export interface Queries {
  run<T extends Row = Row>(statement: Statement, values?: readonly unknown[]): Promise<T[]>;
  /** The number of rows that a statement changed. */
  count(statement: Statement, values?: readonly unknown[]): Promise<number>;
}

/** The pool with errors mapped. What it throws is a `MoorageError`. */
export interface Database extends Queries {
  /** Everything on one connection, or nothing of it. */
  transaction<T>(operation: string, run: (queries: Queries) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const int8 = 20;

/** 64-bit integers as numbers: all of ours are counters and milliseconds. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === int8
      ? Number
      : format === 'binary'
        ? pg.types.getTypeParser(oid, 'binary')
        : pg.types.getTypeParser(oid)) as pg.CustomTypesConfig['getTypeParser'],
};

/** Settings of every connection. Errors: `invalid_argument` when the URL cannot be read. */
export function connectionConfig(options: DatabaseOptions): pg.ClientConfig {
  let protocol: string;
  try {
    protocol = new URL(options.url).protocol;
  } catch {
    protocol = '';
  }
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') {
    throw new MoorageError(
      'invalid_argument',
      'Cannot read the URL of the database: use one like "postgresql://user:password@host:5432/database", ' +
        'with special characters of the password percent-encoded',
      { operation: 'store.open', context: { field: 'url' } },
    );
  }
  return {
    connectionString: options.url,
    application_name: 'moorage',
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    // The server's own timeout comes first; this one is for a server that has vanished from the network.
    query_timeout: options.statementTimeoutMs + 5_000,
    idle_in_transaction_session_timeout: options.statementTimeoutMs * 2,
    keepAlive: true,
    types,
  };
}

export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({ ...connectionConfig(options), max: options.poolSize, idleTimeoutMillis: 30_000 });
  // A connection that breaks between two statements emits an error on the pool, and on the client while it is lent out:
  // the next statement tells it to its caller, so there is nothing to do here but to be listening.
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  let closing: Promise<void> | undefined;

  return {
    ...queriesOn(pool),
    async transaction(operation, run) {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (thrown) {
        throw mapError(thrown, operation);
      }
      let broken: unknown;
      try {
        await client.query('begin isolation level read committed');
        const result = await run(queriesOn(client));
        await client.query('commit');
        return result;
      } catch (thrown) {
        broken = isConnectionLost(causeOf(thrown)) ? thrown : await rollback(client);
        throw mapError(thrown, operation);
      } finally {
        client.release(broken !== undefined);
      }
    },
    close() {
      closing ??= pool.end();
      return closing;
    },
  };
}

function queriesOn(target: pg.Pool | pg.PoolClient): Queries {
  const query = async (statement: Statement, values: readonly unknown[]) => {
    try {
      return await target.query({ ...statement, values: [...values] });
    } catch (thrown) {
      throw mapError(thrown, `store.${statement.name}`);
    }
  };
  return {
    run: async <T extends Row>(statement: Statement, values: readonly unknown[] = []) =>
      (await query(statement, values)).rows as T[],
    count: async (statement, values = []) => (await query(statement, values)).rowCount ?? 0,
  };
}

/** Undefined when the connection is fit for use again. */
async function rollback(client: pg.PoolClient): Promise<unknown> {
  return client.query('rollback').then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

function causeOf(thrown: unknown): unknown {
  return isMoorageError(thrown) && thrown.cause !== undefined ? thrown.cause : thrown;
}

function ignore(): void {}

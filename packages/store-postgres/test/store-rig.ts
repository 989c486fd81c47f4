import pg from 'pg';
import { type EmbeddedPostgres, embeddedPostgres, type PostgresStore, postgresStore } from '../src/index.js';
import { scratchFolder } from './scratch.js';

/** A server of a test's own with a store on it, and a client that looks at what is written. */
export interface StoreRig {
  /** The server's folder. */
  readonly folder: string;
  readonly server: EmbeddedPostgres;
  readonly store: PostgresStore;
  readonly client: pg.Client;
  close(): Promise<void>;
}

/** The client is named `test`, by which the server's log tells it from the store. */
export async function storeRig(): Promise<StoreRig> {
  const scratch = await scratchFolder();
  const server = await embeddedPostgres({ folder: scratch.path });
  const store = await postgresStore({ url: server.url });
  const client = new pg.Client({ connectionString: server.url, application_name: 'test' });
  await client.connect();
  return {
    ...{ folder: scratch.path, server, store, client },
    async close() {
      await client.end();
      await store.close();
      await server.close();
      await scratch.remove();
    },
  };
}

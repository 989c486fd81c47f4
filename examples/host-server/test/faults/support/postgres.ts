import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@moorage/core';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';

/** A PostgreSQL of one test file; each schema in it is another installation. */
export interface TestPostgres {
  readonly url: string;
  /** A name that no other case of this file has. */
  schema(): string;
  store(schema?: string): Promise<Store>;
  close(): Promise<void>;
}

export async function testPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-faults-'));
  const server = await embeddedPostgres({ folder });
  let schemas = 0;
  const schema = () => {
    schemas += 1;
    return `faults_${schemas}`;
  };
  return {
    url: server.url,
    schema,
    store: (name = schema()) => postgresStore({ url: server.url, schema: name }),
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

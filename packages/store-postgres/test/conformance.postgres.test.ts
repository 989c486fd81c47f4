import { setTimeout as sleep } from 'node:timers/promises';
import { storeConformance } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type EmbeddedPostgres, embeddedPostgres, postgresStore } from '../src/index.js';
import { freshSchema, scratchFolder } from './scratch.js';

let server: EmbeddedPostgres;
let folder: Awaited<ReturnType<typeof scratchFolder>>;
const schemaOf = new WeakMap<object, string>();

beforeAll(async () => {
  folder = await scratchFolder();
  server = await embeddedPostgres({ folder: folder.path });
});

afterAll(async () => {
  await server?.close();
  await folder?.remove();
});

async function open(schema: string) {
  const store = await postgresStore({ url: server.url, schema, poolSize: 4 });
  schemaOf.set(store, schema);
  return store;
}

storeConformance({
  describe,
  it,
  makeStore: () => open(freshSchema()),
  twoHandles: async () => {
    const schema = freshSchema();
    // Both at once: one of them makes the schema, and the other waits for it.
    return Promise.all([open(schema), open(schema)]);
  },
  reopen: async (store) => {
    await store.close();
    return open(schemaOf.get(store) ?? '');
  },
  advance: (ms) => sleep(ms),
});

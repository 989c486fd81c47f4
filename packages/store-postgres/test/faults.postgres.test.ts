import { connect, createServer } from 'node:net';
import { isMoorageError } from '@moorage/core/store';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../src/embedded/free-port.js';
import { processInfo } from '../src/embedded/process-info.js';
import { type EmbeddedPostgres, embeddedPostgres, type PostgresStore, postgresStore } from '../src/index.js';
import { schemaSteps } from '../src/migrations/index.js';
import { newDeployment } from './deployment.js';
import { freshSchema, scratchFolder, until } from './scratch.js';

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let server: EmbeddedPostgres;
const stores: PostgresStore[] = [];

const start = (port?: number) => embeddedPostgres({ folder: folder.path, restart: false, port });

beforeAll(async () => {
  folder = await scratchFolder();
  server = await start(await freePort());
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
afterAll(async () => {
  await server?.close();
  await folder?.remove();
});

async function open(schema: string, options: { poolSize?: number; statementTimeoutMs?: number } = {}) {
  const store = await postgresStore({ url: server.url, schema, ...options });
  stores.push(store);
  return store;
}

/** Statements of a test, past the store. */
async function query(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

describe('a database that dies', () => {
  it('loses no acknowledged commit, is unavailable while it is down, and works again after it', async () => {
    const store = await open(freshSchema());
    store.watch(() => undefined);
    const acknowledged: string[] = [];
    const refusals: unknown[] = [];
    let writing = true;
    const writers = [0, 1, 2].map(async (writer) => {
      for (let count = 0; writing; count += 1) {
        const id = `d-${writer}-${count}`;
        await store.commit(newDeployment(id)).then(
          () => acknowledged.push(id),
          (thrown) => refusals.push(thrown),
        );
      }
    });
    await until('some are committed', async () => acknowledged.length >= 30);
    const pid = server.pid() ?? 0;
    process.kill(pid, 'SIGKILL');
    await until('it is gone', async () => (await processInfo(pid)) === undefined);
    await until('a call is refused', async () => refusals.length > 0);
    writing = false;
    await Promise.all(writers);
    for (const refusal of refusals) {
      expect(isMoorageError(refusal) && refusal.code).toBe('unavailable');
      expect(isMoorageError(refusal) && refusal.retryable).toBe(true);
    }
    // A process of the dead server may answer a moment longer, so each call is repeated until it is refused.
    for (const call of [() => store.read('d-0-0'), () => store.acquireLeases('host-a', [1], 1000)]) {
      const refusal = await until<unknown>('it is refused', () =>
        call().then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
      );
      expect(refusal).toMatchObject({ code: 'unavailable' });
    }

    const port = Number(new URL(server.url).port);
    await server.close();
    server = await start(port);
    const found = await until('it answers again', () => store.list({}, { limit: 1000 }).catch(() => undefined));
    const ids = new Set(found.items.map((record) => record.desired.id));
    for (const id of acknowledged.slice(0, 500)) expect(ids.has(id) || (await store.read(id)) !== undefined).toBe(true);
    expect((await store.commit(newDeployment('d-after'))).revision).toBe(1);
  });

  it('is unavailable to all that its connections are taken from, and works at once again', async () => {
    const store = await open(freshSchema());
    store.watch(() => undefined);
    await Promise.all(['d-1', 'd-2', 'd-3'].map((id) => store.commit(newDeployment(id))));
    await query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'moorage' and pid <> pg_backend_pid()`,
    );
    const record = await until('it reads again', () => store.read('d-2').catch(() => undefined));
    expect(record.revision).toBe(1);
  });
});

it('a store that is opened while the database is coming waits for it', async () => {
  const real = new URL(server.url);
  const realPort = Number(real.port);
  let refused = 0;
  const relay = createServer((socket) => {
    socket.on('error', () => undefined);
    refused += 1;
    if (refused <= 3) return socket.destroy();
    const onward = connect(realPort, real.hostname);
    onward.on('error', () => socket.destroy());
    return socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  try {
    real.port = String((relay.address() as import('node:net').AddressInfo).port);
    const store = await postgresStore({ url: real.href, schema: freshSchema(), connectTimeoutMs: 60_000 });
    expect((await store.commit(newDeployment('d-1'))).revision).toBe(1);
    expect(refused).toBeGreaterThan(3);
    await store.close();
  } finally {
    await new Promise((resolve) => relay.close(resolve));
  }
});

describe('a database that cannot be used', () => {
  it.each([
    ['unavailable', async () => `postgresql://u:p@127.0.0.1:${await freePort()}/postgres`],
    ['permission_denied', async () => server.url.replace(/:[^:@]+@/, ':wrong-secret@')],
    ['invalid_argument', async () => server.url.replace(/\/postgres$/, '/missing')],
    ['invalid_argument', async () => 'mysql://root:top-secret@127.0.0.1/x'],
    ['invalid_argument', async () => 'no url at all, top-secret'],
  ])('is refused as %s without a word of its password', async (code, makeUrl) => {
    const thrown: unknown = await postgresStore({ url: await makeUrl() }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code });
    expect(String((thrown as Error).message)).not.toMatch(/secret|:p@/);
  });

  it('is unavailable when it accepts and never answers', async () => {
    const sockets = new Set<import('node:net').Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as import('node:net').AddressInfo;
    try {
      await expect(
        postgresStore({ url: `postgresql://u:p@127.0.0.1:${port}/x`, connectTimeoutMs: 300 }),
      ).rejects.toMatchObject({ code: 'unavailable' });
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  });

  it('is unavailable when a statement waits too long for a lock, and all of the commit is undone', async () => {
    const schema = freshSchema();
    const store = await open(schema, { statementTimeoutMs: 3_000 });
    const blocker = new pg.Client({ connectionString: server.url });
    await blocker.connect();
    try {
      await blocker.query('begin');
      await blocker.query(`select events from ${schema}.moorage_sequence for update`);
      await expect(store.commit(newDeployment('d-1'))).rejects.toMatchObject({ code: 'unavailable' });
      await blocker.query('rollback');
    } finally {
      await blocker.end();
    }
    expect(await store.read('d-1')).toBeUndefined();
    expect((await store.commit(newDeployment('d-1'))).revision).toBe(1);
  });

  it('keeps its leases while all its connections are busy', async () => {
    const schema = freshSchema();
    const store = await open(schema, { poolSize: 2, statementTimeoutMs: 60_000 });
    const blocker = new pg.Client({ connectionString: server.url });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query(`select events from ${schema}.moorage_sequence for update`);
    const waiting = ['d-1', 'd-2', 'd-3', 'd-4'].map((id) => store.commit(newDeployment(id)));
    for (const commit of waiting) commit.catch(() => undefined);
    expect(await store.acquireLeases('host-a', [1, 2], 60_000)).toHaveLength(2);
    expect(await store.holders()).toEqual(['host-a']);
    await blocker.query('rollback');
    await blocker.end();
    await Promise.allSettled(waiting);
  });

  it('serves more callers than it has connections', async () => {
    const store = await open(freshSchema(), { poolSize: 1 });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.commit(newDeployment(`d-${index}`))),
    );
    expect(new Set(results.map((result) => result.revision))).toEqual(new Set([1]));
  });
});

describe('the schema', () => {
  it('of a newer version is refused, naming the version that is needed, and left as it is', async () => {
    const schema = freshSchema();
    await (await open(schema)).commit(newDeployment('d-1'));
    await query(`update ${schema}.moorage_meta set schema_version = 99, moorage_version = '7.8.9'`);
    await expect(postgresStore({ url: server.url, schema })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('7.8.9'),
    });
    await query(`update ${schema}.moorage_meta set schema_version = ${schemaSteps.length}`);
    expect((await (await open(schema)).read('d-1'))?.revision).toBe(1);
  });

  it('is not made over a table of somebody else', async () => {
    const schema = freshSchema();
    await query(`create schema ${schema}; create table ${schema}.containers (mine text)`);
    await expect(postgresStore({ url: server.url, schema })).rejects.toMatchObject({
      code: 'already_exists',
      message: expect.stringContaining('schema'),
    });
    expect(await query(`select * from ${schema}.containers`)).toEqual([]);
    expect(await query(`select to_regclass('${schema}.moorage_meta') as made`)).toEqual([{ made: null }]);
  });

  it('is made once by many hosts that start together', async () => {
    const schema = freshSchema();
    const all = await Promise.all(Array.from({ length: 6 }, () => open(schema, { poolSize: 2 })));
    expect(new Set(await Promise.all(all.map((store) => store.owner()))).size).toBe(1);
  });
});

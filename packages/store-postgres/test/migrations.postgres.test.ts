import { readdirSync, readFileSync } from 'node:fs';
import { shardOf, verifyAuditChain } from '@moorage/core/store';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, embeddedPostgres, type PostgresStore, postgresStore } from '../src/index.js';
import { schemaSteps } from '../src/migrations/index.js';
import { newDeployment } from './deployment.js';
import { freshSchema, scratchFolder } from './scratch.js';

/** One file for each earlier version: the schema with data in it, as a host of that version left it. */
const snapshots = new URL('schemas/', import.meta.url);
const files = readdirSync(snapshots).sort();

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let server: EmbeddedPostgres;
let client: pg.Client;
const stores: PostgresStore[] = [];

beforeAll(async () => {
  folder = await scratchFolder();
  server = await embeddedPostgres({ folder: folder.path });
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
afterAll(async () => {
  await client?.end();
  await server?.close();
  await folder?.remove();
});

async function open(schema: string): Promise<PostgresStore> {
  const store = await postgresStore({ url: server.url, schema, poolSize: 2 });
  stores.push(store);
  return store;
}

/** Brings a snapshot in under a name of its own. */
async function load(file: string): Promise<string> {
  const schema = freshSchema();
  await client.query(readFileSync(new URL(file, snapshots), 'utf8').replaceAll('"kept"', `"${schema}"`));
  return schema;
}

/** Tables, columns, keys, indexes and views, without the schema's name. */
async function shapeOf(schema: string): Promise<unknown> {
  const shapes: unknown[] = [];
  for (const text of [
    `select table_name, column_name, data_type, is_nullable, column_default, is_identity
     from information_schema.columns where table_schema = $1 order by table_name, ordinal_position`,
    `select indexname, indexdef from pg_indexes where schemaname = $1 order by indexname`,
    `select viewname, definition from pg_views where schemaname = $1 order by viewname`,
    `select conname, pg_get_constraintdef(oid) as rule from pg_constraint
     where connamespace = $1::regnamespace order by conname`,
  ]) {
    shapes.push((await client.query(text, [schema])).rows);
  }
  return JSON.parse(JSON.stringify(shapes).replaceAll(`${schema}.`, ''));
}

const metaOf = async (schema: string) => (await client.query(`select * from ${schema}.moorage_meta`)).rows[0];

it('has a snapshot of every earlier version', () => {
  expect(files).toEqual(schemaSteps.slice(0, -1).map(({ name }) => `${name.slice(0, 4)}.sql`));
});

describe.each(files)('a schema as of %s', (file) => {
  it('becomes what a new one is, and keeps its owner', async () => {
    const schema = await load(file);
    const { owner } = await metaOf(schema);
    expect(await (await open(schema)).owner()).toBe(owner);
    const fresh = freshSchema();
    await open(fresh);
    expect(await shapeOf(schema)).toEqual(await shapeOf(fresh));
    expect((await metaOf(schema)).schema_version).toBe(schemaSteps.length);
  });

  it('keeps all that was in it, and goes on from there', async () => {
    const schema = await load(file);
    const store = await open(schema);
    const kept = await store.read('d-kept');
    expect(kept).toMatchObject({ revision: 2, status: { phase: 'ready' }, address: { id: 'a-d-kept', port: 20_000 } });
    expect(await store.read('d-gone')).toBeUndefined();
    const { items } = await store.events({});
    expect(items.map((event) => event.type)).toEqual(['deployment-created', 'deployment-ready', 'deployment-created']);
    for (const [id, last] of [
      ['d-kept', 'phase'],
      ['d-gone', 'drop'],
    ] as const) {
      const audit = await store.audit(id);
      expect(verifyAuditChain(audit)).toBeUndefined();
      expect(audit.at(-1)?.action).toBe(last);
    }
    expect(await store.incidents({ deploymentId: 'd-kept' }, 10)).toMatchObject([{ id: 'i-1' }]);
    expect(await store.scalingEvents('d-kept', 10)).toMatchObject([{ toInstances: 1, reason: 'asked' }]);
    expect(await store.healthChecks('d-kept', 10)).toMatchObject([{ load: 0.25 }]);
    expect((await store.usage({ tenant: 't' })).items).toMatchObject([{ id: 'u-1' }]);
    expect(await store.findIdempotent('t', 'key-1')).toMatchObject({ deploymentId: 'd-kept' });
    const { rows } = await client.query(`select * from ${schema}.containers`);
    expect(rows).toMatchObject([{ container_id: 'd-kept', address: 'http://127.0.0.1:20000', health: 'healthy' }]);
    await goesOn(store);
  });

  it('is brought up once by hosts that start together', async () => {
    const schema = await load(file);
    const all = await Promise.all(Array.from({ length: 6 }, () => open(schema)));
    expect(new Set(await Promise.all(all.map((store) => store.owner()))).size).toBe(1);
    const { rows } = await client.query(`select name from ${schema}.moorage_migrations order by name`);
    expect(rows.map(({ name }) => name)).toEqual(schemaSteps.map(({ name }) => name));
    expect((await all[0]?.read('d-kept'))?.revision).toBe(2);
  });

  it('stays as it is when a step of the way fails, and is brought up by the next start', async () => {
    const schema = await load(file);
    const before = await shapeOf(schema);
    const owner = (await metaOf(schema)).owner;
    // The last step finds no table to change.
    await client.query(`alter table ${schema}.moorage_hosts rename to renamed`);
    await expect(open(schema)).rejects.toMatchObject({ operation: 'store.migrate' });
    expect((await metaOf(schema)).schema_version).toBe(Number(file.slice(0, 4)));
    await client.query(`alter table ${schema}.renamed rename to moorage_hosts`);
    expect(await shapeOf(schema)).toEqual(before);
    expect(await (await open(schema)).owner()).toBe(owner);
  });
});

/** A change of status with a token above the last one, a new deployment, and numbers that continue. */
async function goesOn(store: PostgresStore): Promise<void> {
  const kept = await store.read('d-kept');
  const [fence] = await store.acquireLeases('host-of-now', [shardOf('d-kept')], 60_000);
  expect(fence?.token).toBeGreaterThan(1);
  const changed = await store.commit({
    deploymentId: 'd-kept',
    expectedRevision: 2,
    fence,
    status: kept && { ...kept.status, reason: 'Still ready' },
    events: [],
    audit: [{ actor: 'host', action: 'look', cause: 'a test', details: {} }],
    scaling: [
      {
        deploymentId: 'd-kept',
        tenant: 't',
        agentId: 'agent.sample',
        action: 'scale_up',
        fromInstances: 1,
        toInstances: 2,
        reason: 'asked again',
        createdAt: 1_790_000_000_001,
      },
    ],
  });
  expect(changed.revision).toBe(3);
  expect(verifyAuditChain(await store.audit('d-kept'))).toBeUndefined();
  const ports = { from: 20_000, to: 20_010 };
  const made = await store.commit({ ...newDeployment('d-new'), address: { id: 'a-d-new', ports } });
  expect(made.record?.address.port).toBe(20_001);
  expect((await store.events({})).items.at(-1)?.cursor).toBe(made.events[0]?.cursor);
  await expect(store.commit({ ...newDeployment('d-gone') })).rejects.toMatchObject({ code: 'conflict' });
}

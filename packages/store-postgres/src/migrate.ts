import { MoorageError } from '@moorage/core/store';
import pg from 'pg';
import type { Database, Row } from './database.js';
import { mapError } from './map-error.js';
import { schemaSteps } from './migrations/index.js';
import type { Names } from './names.js';
import { packageVersion } from './package-version.js';

interface Meta extends Row {
  readonly owner: string;
  readonly schema_version: number;
  readonly moorage_version: string;
}

/**
 * Brings the schema up to what this version needs and returns the installation's id. One host migrates, under an
 * advisory lock; the others wait for it. Errors: `unsupported` when the schema was made by a newer version.
 */
export async function prepareSchema(
  database: Database,
  names: Names,
  config: pg.ClientConfig,
  makeOwner: () => string,
): Promise<string> {
  const found = await readMeta(database, names);
  if (found !== undefined && found.schema_version >= schemaSteps.length) return ownerOf(found, names);
  await migrate(names, config, makeOwner);
  const made = await readMeta(database, names);
  if (made === undefined) {
    throw new MoorageError('internal', `The schema "${names.schema}" is not there after its migration`, {
      operation: 'store.migrate',
    });
  }
  return ownerOf(made, names);
}

function ownerOf(meta: Meta, names: Names): string {
  if (meta.schema_version === schemaSteps.length) return meta.owner;
  throw new MoorageError(
    'unsupported',
    `The schema "${names.schema}" has version ${meta.schema_version}, made by Moorage ${meta.moorage_version}; this is ` +
      `Moorage ${packageVersion}, which knows up to version ${schemaSteps.length}: start with Moorage ` +
      `${meta.moorage_version} or newer. Nothing was changed`,
    {
      operation: 'store.migrate',
      context: { found: meta.schema_version, known: schemaSteps.length, needed: meta.moorage_version },
    },
  );
}

/** Undefined when there is no schema of ours yet. */
async function readMeta(database: Database, names: Names): Promise<Meta | undefined> {
  const [there] = await database.run<{ readonly there: boolean }>(
    { name: 'has-meta', text: 'select to_regclass($1) is not null as there' },
    [names.of('moorage_meta')],
  );
  if (!there?.there) return undefined;
  const [meta] = await database.run<Meta>({
    name: 'read-meta',
    text: `select owner, schema_version, moorage_version from ${names.of('moorage_meta')}`,
  });
  return meta;
}

/** Loaded here and only when there is something to do: a start of every day goes without the query builder. */
async function migrate(names: Names, config: pg.ClientConfig, makeOwner: () => string): Promise<void> {
  const { Kysely, Migrator, PostgresDialect, sql } = await import('kysely');
  // A migration may take its time, and others wait for it under its lock.
  const pool = new pg.Pool({ ...config, statement_timeout: 0, query_timeout: 0, max: 2 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const migrations = Object.fromEntries(
    schemaSteps.map((step, index) => [
      step.name,
      {
        async up(db: typeof kysely) {
          await sql.raw(step.sql(names)).execute(db);
          await sql`
            insert into ${sql.raw(names.of('moorage_meta'))} (owner, schema_version, moorage_version)
            values (${makeOwner()}, ${index + 1}, ${packageVersion})
            on conflict (single) do update
            set schema_version = excluded.schema_version, moorage_version = excluded.moorage_version
          `.execute(db);
        },
      },
    ]),
  );
  try {
    const { error } = await new Migrator({
      db: kysely,
      provider: { getMigrations: async () => migrations },
      migrationTableSchema: names.schema,
      migrationTableName: 'moorage_migrations',
      migrationLockTableName: 'moorage_migrations_lock',
    }).migrateToLatest();
    if (error) throw error;
  } catch (thrown) {
    throw mapError(thrown, 'store.migrate');
  } finally {
    await kysely.destroy().catch(() => undefined);
  }
}

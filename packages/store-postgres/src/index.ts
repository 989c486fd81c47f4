/** State of a Moorage host in PostgreSQL: a server by URL, or an embedded one. */
export { type EmbeddedPostgres, type EmbeddedPostgresOptions, embeddedPostgres } from './embedded/embedded-postgres.js';
export { type PostgresStore, type PostgresStoreOptions, postgresStore } from './postgres-store.js';

import { randomBytes } from 'node:crypto';
import { isMoorageError, type LiveFigures, parseCursor, type Store, storeClosed } from '@moorage/core/store';
import { commitTo, newSender } from './commit.js';
import { connectionConfig, type Database, openDatabase } from './database.js';
import { acquireLeases, readHolders, releaseLeases } from './leases.js';
import { recordLive } from './live-figures.js';
import { prepareSchema } from './migrate.js';
import { type Names, namesIn } from './names.js';
import { prune } from './prune.js';
import {
  listAddresses,
  listRecords,
  readAudit,
  readEvents,
  readIdempotent,
  readIncidents,
  readLatestCursor,
  readQuotaUse,
  readRecord,
  readRevisions,
} from './reads.js';
import { addHealthChecks, addUsage, readHealthChecks, readScalingEvents, readUsage } from './records.js';
import { type CommitWatch, watchCommits } from './watch-commits.js';

export interface PostgresStoreOptions {
  /** `postgresql://user:password@host:5432/database`; parameters such as `?sslmode=verify-full` are understood. */
  readonly url: string;
  /** Connections at most, beside one that listens and one for leases. [8] */
  readonly poolSize?: number | undefined;
  /** Schema that holds everything of this installation; made when missing. [public] */
  readonly schema?: string | undefined;
  /** Of one connection. Opening the store waits as long for a server that is away: it may be starting. [5 000] */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Longest time of one statement, waiting for locks included. Shorter than what an HTTP caller waits, who then learns
   * that the database is away and not only that there was no answer. [10 000]
   */
  readonly statementTimeoutMs?: number | undefined;
}

export interface PostgresStore extends Store {
  /** Writes figures that only a running host knows into the view `containers`. Nothing in Moorage reads them. */
  recordLive(figures: readonly LiveFigures[]): Promise<void>;
}

/**
 * Opens the state of a host in PostgreSQL 13 or newer, and brings its schema up to this version first. Many hosts may
 * share one schema. Errors: `unavailable` when the server does not answer, `permission_denied`, `invalid_argument` for
 * the URL, `unsupported` when a newer version of Moorage made the schema.
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const names = namesIn(options.schema ?? 'public');
  const settings = {
    url: options.url,
    poolSize: options.poolSize ?? 8,
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 10_000,
  };
  const config = connectionConfig(settings);
  const database = openDatabase(settings);
  try {
    const owner = await patiently(settings.connectTimeoutMs, () => prepareSchema(database, names, config, newOwner));
    const sender = newSender();
    const watch = watchCommits(database, names, config, sender);
    // Renewed whatever else waits for a connection: a host that is busy does not lose its work for it.
    const leases = openDatabase({ ...settings, poolSize: 1 });
    return storeOn({ database, leases, names, owner, sender, watch });
  } catch (thrown) {
    await database.close();
    throw thrown;
  }
}

const pauseMs = 200;

/** Tries again while the server is away: it may be starting, or be killed in the middle of it and come back. */
async function patiently<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      const isAway = isMoorageError(thrown) && thrown.code === 'unavailable';
      if (!isAway || Date.now() + pauseMs >= deadline) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

interface StoreParts {
  readonly database: Database;
  readonly leases: Database;
  readonly names: Names;
  readonly owner: string;
  readonly sender: string;
  readonly watch: CommitWatch;
}

function storeOn({ database, leases, names, owner, sender, watch }: StoreParts): PostgresStore {
  let closing: Promise<void> | undefined;
  const call = async <T>(run: () => T | Promise<T>): Promise<T> => {
    if (closing) throw storeClosed('PostgreSQL');
    return run();
  };
  return {
    contract: 1,
    name: 'postgres',
    owner: () => call(() => owner),
    commit: (commit) =>
      call(async () => {
        const result = await commitTo(database, names, sender, commit);
        const cursor = result.events.at(-1)?.cursor;
        watch.committed(commit.deploymentId, cursor === undefined ? undefined : parseCursor('event', cursor));
        return result;
      }),
    read: (id) => call(() => readRecord(database, names, id)),
    list: (filter, page) => call(() => listRecords(database, names, filter, page)),
    revisions: (shards) => call(() => readRevisions(database, names, shards)),
    quotaUse: (tenant) => call(() => readQuotaUse(database, names, tenant)),
    addresses: (filter) => call(() => listAddresses(database, names, filter)),
    events: (query) => call(() => readEvents(database, names, query)),
    latestCursor: () => call(() => readLatestCursor(database, names)),
    watch: (hint) => watch.subscribe(hint),
    audit: (id) => call(() => readAudit(database, names, id)),
    incidents: (filter, limit) => call(() => readIncidents(database, names, filter, limit)),
    scalingEvents: (id, limit) => call(() => readScalingEvents(database, names, id, limit)),
    addHealthChecks: (records) => call(() => addHealthChecks(database, names, records)),
    healthChecks: (id, limit) => call(() => readHealthChecks(database, names, [id], limit)),
    lastHealthChecks: (ids, limitEach) => call(() => readHealthChecks(database, names, ids, limitEach)),
    addUsage: (events) => call(() => addUsage(database, names, events)),
    usage: (filter, page) => call(() => readUsage(database, names, filter, page)),
    findIdempotent: (tenant, key) => call(() => readIdempotent(database, names, tenant, key)),
    acquireLeases: (holder, shards, ttlMs, engine) =>
      call(() => acquireLeases(leases, names, { holder, shards, ttlMs, engine })),
    releaseLeases: (holder) => call(() => releaseLeases(leases, names, holder)),
    holders: () => call(() => readHolders(leases, names)),
    prune: (retention) => call(() => prune(database, names, retention)),
    recordLive: (figures) => call(() => recordLive(database, names, figures)),
    close() {
      closing ??= Promise.all([watch.close(), database.close(), leases.close()]).then(() => undefined);
      return closing;
    },
  };
}

/** `o-` and 16 characters of base32; 32 divides 256, so the low five bits of a random byte are uniform. */
function newOwner(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return `o-${Array.from(randomBytes(16), (byte) => alphabet[byte & 31]).join('')}`;
}

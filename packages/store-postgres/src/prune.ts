import type { Retention } from '@moorage/core/store';
import type { Queries } from './database.js';
import type { Names } from './names.js';

const batch = 1000;

// The time of the statement: unlike the clock's it can be looked up in an index.
const since = (ms: string) => `now() - make_interval(secs => ${ms}::float8 / 1000)`;
const sinceMs = (ms: string) => `extract(epoch from now())::float8 * 1000 - ${ms}::float8`;

/**
 * Deletes what is older than its retention, a thousand rows at a time and each time a transaction of its own: nothing
 * that writers need is locked, and whatever has been deleted when the host ends stays so.
 */
export async function prune(queries: Queries, names: Names, retention: Retention): Promise<void> {
  const tables = [
    ['moorage_health_checks', `checked_at < ${since('$1')}`, retention.healthChecksMs],
    ['moorage_scaling_events', `created_at < ${since('$1')}`, retention.eventsMs],
    ['moorage_incidents', `at < ${sinceMs('$1')}`, retention.incidentsMs],
    ['moorage_usage', `at < ${sinceMs('$1')}`, retention.usageMs],
    ['moorage_idempotency', `created_at < ${sinceMs('$1')}`, retention.idempotencyMs],
    ['moorage_hosts', `expires_at < ${since('$1')}`, retention.eventsMs],
  ] as const;
  for (const [table, condition, keptMs] of tables) {
    const statement = {
      name: `prune-${table}`,
      text: `delete from ${names.of(table)} where ctid = any(array(
        select ctid from ${names.of(table)} where ${condition} limit ${batch}))`,
    };
    while ((await queries.count(statement, [keptMs])) === batch);
  }
  await pruneEvents(queries, names, retention.eventsMs);
}

/** Only from the beginning of the feed and up to the first that is kept: what a cursor has passed is one number. */
async function pruneEvents(queries: Queries, names: Names, keptMs: number): Promise<void> {
  const events = names.of('moorage_events');
  const statement = {
    name: 'prune-events',
    text: `
      with head as (
        select sequence, at from ${events} order by sequence limit ${batch}
      ), kept as (
        select min(sequence) as first from head where at >= ${sinceMs('$1')}
      ), gone as (
        delete from ${events} where sequence in (
          select head.sequence from head, kept where kept.first is null or head.sequence < kept.first
        ) returning sequence
      ), noted as (
        update ${names.of('moorage_meta')}
        set events_pruned = greatest(events_pruned, (select max(sequence) from gone))
        where exists (select from gone)
      )
      select count(*)::int as count from gone`,
  };
  for (;;) {
    const [row] = await queries.run<{ readonly count: number }>(statement, [keptMs]);
    if ((row?.count ?? 0) < batch) return;
  }
}

import type { Retention } from '@moorage/core/store';
import type { Queries } from './database.js';
import type { Names } from './names.js';

const batch = 1000;

const nowMs = 'extract(epoch from clock_timestamp()) * 1000';

/** Deletes what is older than its retention, a thousand rows at a time so that no writer waits long for it. */
export async function prune(queries: Queries, names: Names, retention: Retention): Promise<void> {
  const since = (ms: string) => `clock_timestamp() - make_interval(secs => ${ms}::float8 / 1000)`;
  const tables = [
    ['moorage_health_checks', `checked_at < ${since('$1')}`, retention.healthChecksMs],
    ['moorage_scaling_events', `created_at < ${since('$1')}`, retention.eventsMs],
    ['moorage_incidents', `at < ${nowMs} - $1::float8`, retention.incidentsMs],
    ['moorage_usage', `at < ${nowMs} - $1::float8`, retention.usageMs],
    ['moorage_idempotency', `created_at < ${nowMs} - $1::float8`, retention.idempotencyMs],
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
      with kept as (
        select min(sequence) as first from ${events} where at >= ${nowMs} - $1::float8
      ), gone as (
        delete from ${events} where sequence in (
          select sequence from ${events}, kept where sequence < coalesce(kept.first, 9223372036854775807)
          order by sequence limit ${batch}
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

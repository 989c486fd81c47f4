import { checkKey, type Fence, isKey } from '@moorage/core/store';
import type { Queries } from './database.js';
import type { Names } from './names.js';

const lives = 'holder is not null and expires_at > clock_timestamp()';

/**
 * Takes what is free, lapsed or the holder's own, in one statement. Rows are locked in order of their shard, so that
 * two hosts never wait for each other.
 */
export async function acquireLeases(
  queries: Queries,
  names: Names,
  holder: string,
  shards: readonly number[],
  ttlMs: number,
): Promise<readonly Fence[]> {
  checkKey('the holder of a lease', holder);
  const rows = await queries.run<{ readonly shard: number; readonly token: number }>(
    {
      name: 'acquire-leases',
      text: `
        with host as (
          insert into ${names.of('moorage_hosts')} (holder, expires_at)
          values ($1, clock_timestamp() + make_interval(secs => $3::float8 / 1000))
          on conflict (holder) do update set expires_at = excluded.expires_at
        ), wanted as (
          select shard from ${names.of('moorage_leases')}
          where shard = any($2::smallint[]) and (holder = $1 or not (${lives}))
          order by shard for update
        )
        update ${names.of('moorage_leases')} l
        set holder = $1,
          token = l.token + case when l.holder = $1 and l.expires_at > clock_timestamp() then 0 else 1 end,
          expires_at = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
        from wanted where l.shard = wanted.shard
        returning l.shard, l.token`,
    },
    [holder, shards, ttlMs],
  );
  return rows.map(({ shard, token }) => ({ shard, token, holder })).sort((one, other) => one.shard - other.shard);
}

export async function releaseLeases(queries: Queries, names: Names, holder: string): Promise<void> {
  if (!isKey(holder)) return;
  await queries.run(
    {
      name: 'release-leases',
      text: `
        with host as (delete from ${names.of('moorage_hosts')} where holder = $1),
        mine as (select shard from ${names.of('moorage_leases')} where holder = $1 order by shard for update)
        update ${names.of('moorage_leases')} l set holder = null from mine where l.shard = mine.shard`,
    },
    [holder],
  );
}

export async function readHolders(queries: Queries, names: Names): Promise<readonly string[]> {
  const rows = await queries.run<{ readonly holder: string }>({
    name: 'read-holders',
    text: `select holder from ${names.of('moorage_hosts')} where expires_at > clock_timestamp()`,
  });
  return rows.map((row) => row.holder).sort();
}

import { checkKey, type Fence, isKey, otherEngine } from '@moorage/core/store';
import type { Queries, Row } from './database.js';
import type { Names } from './names.js';

const lives = 'holder is not null and expires_at > clock_timestamp()';

interface LeaseRow extends Row {
  readonly shard: number | null;
  readonly token: number | null;
  readonly rival: string | null;
  readonly engine: string | null;
}

/**
 * Takes what is free, lapsed or the holder's own, in one statement; nothing where a live host that joined earlier works
 * on another engine. Rows are locked in order of their shard, so that two hosts never wait for each other.
 */
export async function acquireLeases(
  queries: Queries,
  names: Names,
  { holder, shards, ttlMs, engine }: LeaseRequest,
): Promise<readonly Fence[]> {
  checkKey('the holder of a lease', holder);
  const hosts = names.of('moorage_hosts');
  const rows = await queries.run<LeaseRow>(
    {
      name: 'acquire-leases',
      text: `
        with rival as (
          select h.holder, h.engine from ${hosts} h
          where h.holder <> $1 and h.engine <> $4::text and h.expires_at > clock_timestamp()
            and (h.joined_at, h.holder) < (
              coalesce(
                (select m.joined_at from ${hosts} m where m.holder = $1 and m.expires_at > clock_timestamp()),
                'infinity'
              ), $1
            )
          order by h.joined_at limit 1
        ), host as (
          insert into ${hosts} as h (holder, expires_at, engine)
          select $1, clock_timestamp() + make_interval(secs => $3::float8 / 1000), $4::text
          where not exists (select from rival) and $3::float8 > 0
          on conflict (holder) do update set
            expires_at = excluded.expires_at,
            engine = coalesce(excluded.engine, h.engine),
            joined_at = case when h.expires_at > clock_timestamp() then h.joined_at else excluded.joined_at end
        ), wanted as (
          select shard from ${names.of('moorage_leases')}
          where shard = any($2::smallint[]) and (holder = $1 or not (${lives})) and not exists (select from rival)
          order by shard for update
        ), taken as (
          update ${names.of('moorage_leases')} l
          set holder = $1,
            token = l.token + case when l.holder = $1 and l.expires_at > clock_timestamp() then 0 else 1 end,
            expires_at = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
          from wanted where l.shard = wanted.shard
          returning l.shard, l.token
        )
        select shard, token, null as rival, null as engine from taken
        union all select null, null, holder, engine from rival`,
    },
    [holder, shards, ttlMs, engine ?? null],
  );
  const [first] = rows;
  if (engine !== undefined && first?.rival != null && first.engine !== null) {
    throw otherEngine({ holder, engine }, { holder: first.rival, engine: first.engine });
  }
  return rows
    .flatMap(({ shard, token }) => (shard === null || token === null ? [] : [{ shard, token, holder }]))
    .sort((one, other) => one.shard - other.shard);
}

export interface LeaseRequest {
  readonly holder: string;
  readonly shards: readonly number[];
  readonly ttlMs: number;
  readonly engine: string | undefined;
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

import {
  checkUsage,
  cleanText,
  formatCursor,
  type HealthCheckRecord,
  isKey,
  type Page,
  type PageRequest,
  pageLimit,
  parseCursor,
  type ScalingEventRecord,
  type UsageEvent,
} from '@moorage/core/store';
import { where } from './conditions.js';
import type { Database, Queries, Row } from './database.js';
import type { Names } from './names.js';

const epochMs = (column: string) => `round(extract(epoch from ${column}) * 1000)::float8`;

export async function addHealthChecks(
  queries: Queries,
  names: Names,
  records: readonly HealthCheckRecord[],
): Promise<void> {
  if (records.length === 0) return;
  await queries.count(
    {
      name: 'add-health-checks',
      text: `
        insert into ${names.of('moorage_health_checks')}
          (deployment_id, instance, status, response_time, load, error_message, checked_at)
        select h.id, h.instance, h.status, h.time, h.load, h.message, to_timestamp(h.at / 1000)
        from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[], $7::float8[])
          h(id, instance, status, time, load, message, at)`,
    },
    [
      records.map((record) => record.deploymentId),
      records.map((record) => record.instance),
      records.map((record) => record.status),
      records.map((record) => record.responseTimeMs),
      records.map((record) => record.load ?? null),
      records.map((record) => (record.errorMessage === undefined ? null : cleanText(record.errorMessage))),
      records.map((record) => record.checkedAt),
    ],
  );
}

/** Newest first for each deployment, at most `limitEach` of it. */
export async function readHealthChecks(
  queries: Queries,
  names: Names,
  ids: readonly string[],
  limitEach: number,
): Promise<readonly HealthCheckRecord[]> {
  const limit = pageLimit(limitEach);
  const known = [...new Set(ids)].filter(isKey);
  if (known.length === 0) return [];
  const rows = await queries.run<
    Row & {
      id: string;
      instance: string;
      status: HealthCheckRecord['status'];
      response_time: number;
      load: number | null;
      error_message: string | null;
      at: number;
    }
  >(
    {
      name: 'read-health-checks',
      text: `
        select wanted.id, h.instance, h.status, h.response_time, h.load, h.error_message,
          ${epochMs('h.checked_at')} as at
        from unnest($1::text[]) with ordinality wanted(id, place)
        cross join lateral (
          select * from ${names.of('moorage_health_checks')} c
          where c.deployment_id = wanted.id order by c.checked_at desc limit $2
        ) h
        order by wanted.place, h.checked_at desc`,
    },
    [known, limit],
  );
  return rows.map((row) => ({
    deploymentId: row.id,
    instance: row.instance,
    status: row.status,
    responseTimeMs: row.response_time,
    load: row.load ?? undefined,
    errorMessage: row.error_message ?? undefined,
    checkedAt: row.at,
  }));
}

export async function readScalingEvents(
  queries: Queries,
  names: Names,
  id: string,
  limit: number,
): Promise<readonly ScalingEventRecord[]> {
  if (!isKey(id)) return [];
  const rows = await queries.run<
    Row & {
      tenant: string;
      agent_id: string;
      action: ScalingEventRecord['action'];
      from_instances: number;
      to_instances: number;
      reason: string;
      at: number;
    }
  >(
    {
      name: 'read-scaling-events',
      text: `
        select tenant, agent_id, action, from_instances, to_instances, reason, ${epochMs('created_at')} as at
        from ${names.of('moorage_scaling_events')} where deployment_id = $1
        order by created_at desc, id desc limit $2`,
    },
    [id, pageLimit(limit)],
  );
  return rows.map((row) => ({
    deploymentId: id,
    tenant: row.tenant,
    agentId: row.agent_id,
    action: row.action,
    fromInstances: row.from_instances,
    toInstances: row.to_instances,
    reason: row.reason,
    createdAt: row.at,
  }));
}

/** Numbers are taken under the lock of their row, so that a reader of the pages misses none that is committed late. */
export async function addUsage(database: Database, names: Names, events: readonly UsageEvent[]): Promise<void> {
  if (events.length === 0) return;
  for (const event of events) checkUsage(event);
  await database.count(
    {
      name: 'add-usage',
      text: `
        with counter as (
          update ${names.of('moorage_sequence')} set usage = usage + cardinality($1::text[]) returning usage
        )
        insert into ${names.of('moorage_usage')} (tenant, id, sequence, agent_id, action, duration_ms, at)
        select u.tenant, u.id, counter.usage - cardinality($1::text[]) + u.place, u.agent, u.action, u.duration, u.at
        from counter, unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[])
          with ordinality u(tenant, id, agent, action, duration, at, place)
        on conflict (tenant, id) do nothing`,
    },
    [
      events.map((event) => event.tenant),
      events.map((event) => event.id),
      events.map((event) => event.agentId),
      events.map((event) => cleanText(event.action)),
      events.map((event) => event.durationMs),
      events.map((event) => event.at),
    ],
  );
}

export async function readUsage(
  queries: Queries,
  names: Names,
  filter: { readonly tenant?: string | undefined; readonly agentId?: string | undefined },
  page: PageRequest = {},
): Promise<Page<UsageEvent>> {
  const limit = pageLimit(page.limit);
  const found = where([
    ['tenant', 'tenant = ', filter.tenant],
    ['agent', 'agent_id = ', filter.agentId],
    ['after', 'sequence > ', page.after === undefined ? 0 : parseCursor('usage', page.after)],
  ]);
  if (found === undefined) return { items: [], next: undefined };
  const rows = await queries.run<
    Row & {
      sequence: number;
      id: string;
      tenant: string;
      agent_id: string;
      action: string;
      duration_ms: number;
      at: number;
    }
  >(
    {
      name: `read-usage${found.key}`,
      text: `select sequence, id, tenant, agent_id, action, duration_ms, at from ${names.of('moorage_usage')} ${found.text}
        order by sequence limit $${found.values.length + 1}`,
    },
    [...found.values, limit + 1],
  );
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    items: kept.map((row) => ({
      id: row.id,
      tenant: row.tenant,
      agentId: row.agent_id,
      action: row.action,
      durationMs: row.duration_ms,
      at: row.at,
    })),
    next: rows.length > limit && last ? formatCursor('usage', last.sequence) : undefined,
  };
}

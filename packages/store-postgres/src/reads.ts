import {
  type AddressRecord,
  type AuditRecord,
  cursorNotFound,
  type DeploymentFilter,
  type DeploymentRecord,
  type DeploymentStatus,
  type DesiredState,
  type EventQuery,
  formatCursor,
  type HostEvent,
  type IdempotencyRecord,
  type Incident,
  isKey,
  type NewEvent,
  type Page,
  type PageRequest,
  pageLimit,
  parseCursor,
  type QuotaUse,
} from '@moorage/core/store';
import { type Condition, where } from './conditions.js';
import type { Queries, Row } from './database.js';
import type { Names } from './names.js';

interface RecordRow extends Row {
  readonly sequence: number;
  readonly revision: number;
  readonly desired: DesiredState;
  readonly status: DeploymentStatus;
  readonly address_id: string;
  readonly port: number | null;
  readonly address_created_at: number;
}

interface EventRow extends Row {
  readonly pruned: number;
  readonly latest: number;
  readonly sequence: number | null;
  readonly at: number;
  readonly event: NewEvent;
}

const recordColumns =
  'd.sequence, d.revision, d.desired, d.status, a.id as address_id, a.port, a.created_at as address_created_at';

const recordTables = (names: Names) =>
  `${names.of('moorage_deployments')} d join ${names.of('moorage_addresses')} a on a.deployment_id = d.id`;

export async function readRecord(queries: Queries, names: Names, id: string): Promise<DeploymentRecord | undefined> {
  if (!isKey(id)) return undefined;
  const [row] = await queries.run<RecordRow>(
    { name: 'read-deployment', text: `select ${recordColumns} from ${recordTables(names)} where d.id = $1` },
    [id],
  );
  return row && toRecord(row);
}

export async function listRecords(
  queries: Queries,
  names: Names,
  filter: DeploymentFilter,
  page: PageRequest = {},
): Promise<Page<DeploymentRecord>> {
  const limit = pageLimit(page.limit);
  const after = page.after === undefined ? 0 : parseCursor('deployment', page.after);
  const conditions: Condition[] = [
    ['tenant', 'd.tenant = ', filter.tenant],
    ['agent', 'd.agent_id = ', filter.agentId],
    ['name', 'd.name = ', filter.name],
    ['shards', 'd.shard = any', filter.shards],
    ['after', 'd.sequence > ', after],
  ];
  const found = where(conditions);
  if (found === undefined) return { items: [], next: undefined };
  const rows = await queries.run<RecordRow>(
    {
      name: `list-deployments${found.key}`,
      text: `select ${recordColumns} from ${recordTables(names)} ${found.text}
        order by d.sequence limit $${found.values.length + 1}`,
    },
    [...found.values, limit + 1],
  );
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next = rows.length > limit && last ? formatCursor('deployment', last.sequence) : undefined;
  return { items: items.map(toRecord), next };
}

export async function readRevisions(
  queries: Queries,
  names: Names,
  shards: readonly number[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await queries.run<Row & { id: string; revision: number }>(
    {
      name: 'read-revisions',
      text: `select id, revision from ${names.of('moorage_deployments')} where shard = any($1::int[])`,
    },
    [shards],
  );
  return new Map(rows.map(({ id, revision }) => [id, revision]));
}

export async function listAddresses(
  queries: Queries,
  names: Names,
  filter: { readonly tenant?: string | undefined; readonly agentId?: string | undefined },
): Promise<readonly AddressRecord[]> {
  const found = where([
    ['tenant', 'd.tenant = ', filter.tenant],
    ['agent', 'd.agent_id = ', filter.agentId],
  ]);
  if (found === undefined) return [];
  const rows = await queries.run<
    Row & {
      id: string;
      tenant: string;
      agent_id: string;
      deployment_id: string;
      port: number | null;
      created_at: number;
    }
  >(
    {
      name: `list-addresses${found.key}`,
      text: `select a.id, d.tenant, d.agent_id, a.deployment_id, a.port, a.created_at
        from ${recordTables(names)} ${found.text} order by d.sequence`,
    },
    found.values,
  );
  return rows.map((row) => ({
    id: row.id,
    tenant: row.tenant,
    agentId: row.agent_id,
    deploymentId: row.deployment_id,
    port: row.port ?? undefined,
    createdAt: row.created_at,
  }));
}

export async function readQuotaUse(queries: Queries, names: Names, tenant: string): Promise<QuotaUse> {
  if (!isKey(tenant)) return { instances: 0, cpuMillis: 0, memoryBytes: 0 };
  const [use] = await queries.run<Row & { instances: number; cpu: number; memory: number }>(
    {
      name: 'read-quota-use',
      text: `select coalesce(sum(replicas), 0) as instances, coalesce(sum(cpu_millis), 0) as cpu,
          coalesce(sum(memory_bytes), 0) as memory
        from ${names.of('moorage_deployments')} where tenant = $1 and deleted_at is null`,
    },
    [tenant],
  );
  return { instances: use?.instances ?? 0, cpuMillis: use?.cpu ?? 0, memoryBytes: use?.memory ?? 0 };
}

/**
 * What is kept and what is asked for come from one snapshot, so a cursor is judged by the events it is answered with.
 */
export async function readEvents(queries: Queries, names: Names, query: EventQuery): Promise<Page<HostEvent>> {
  const limit = pageLimit(query.limit);
  const from = query.after === undefined ? undefined : parseCursor('event', query.after);
  const found = where([
    ['after', 'sequence > ', from ?? 0],
    ['deployment', 'deployment_id = ', query.deploymentId],
    ['tenant', 'tenant = ', query.tenant],
  ]);
  if (found === undefined) return { items: [], next: undefined };
  const rows = await queries.run<EventRow>(
    {
      name: `read-events${found.key}`,
      text: `select m.events_pruned as pruned, s.events as latest, e.sequence, e.at, e.event
        from ${names.of('moorage_meta')} m cross join ${names.of('moorage_sequence')} s
        left join lateral (
          select sequence, at, event from ${names.of('moorage_events')} ${found.text}
          order by sequence limit $${found.values.length + 1}
        ) e on true
        order by e.sequence`,
    },
    [...found.values, limit + 1],
  );
  const [first] = rows;
  if (query.after !== undefined && from !== undefined && first) {
    if (from < first.pruned || from > first.latest) throw cursorNotFound(query.after);
  }
  const items = rows
    .slice(0, limit)
    .flatMap(({ sequence, at, event }) =>
      sequence === null ? [] : [{ ...event, cursor: formatCursor('event', sequence), at }],
    );
  return { items, next: rows.length > limit ? items.at(-1)?.cursor : undefined };
}

export async function readLatestCursor(queries: Queries, names: Names): Promise<string> {
  const [row] = await queries.run<Row & { events: number }>({
    name: 'read-latest',
    text: `select events from ${names.of('moorage_sequence')}`,
  });
  return formatCursor('event', row?.events ?? 0);
}

export async function readAudit(queries: Queries, names: Names, id: string): Promise<readonly AuditRecord[]> {
  if (!isKey(id)) return [];
  const rows = await queries.run<Row & { record: AuditRecord }>(
    {
      name: 'read-audit',
      text: `select record from ${names.of('moorage_audit')} where deployment_id = $1 order by sequence`,
    },
    [id],
  );
  return rows.map((row) => row.record);
}

export async function readIncidents(
  queries: Queries,
  names: Names,
  filter: { readonly deploymentId?: string | undefined; readonly tenant?: string | undefined },
  limit: number,
): Promise<readonly Incident[]> {
  const found = where([
    ['deployment', 'deployment_id = ', filter.deploymentId],
    ['tenant', 'tenant = ', filter.tenant],
  ]);
  if (found === undefined) return [];
  const rows = await queries.run<Row & { incident: Incident }>(
    {
      name: `read-incidents${found.key}`,
      text: `select incident from ${names.of('moorage_incidents')} ${found.text}
        order by at desc, id limit $${found.values.length + 1}`,
    },
    [...found.values, pageLimit(limit)],
  );
  return rows.map((row) => row.incident);
}

export async function readIdempotent(
  queries: Queries,
  names: Names,
  tenant: string,
  key: string,
): Promise<IdempotencyRecord | undefined> {
  if (!isKey(tenant) || !isKey(key)) return undefined;
  const [row] = await queries.run<Row & { fingerprint: string; deployment_id: string; created_at: number }>(
    {
      name: 'read-idempotency',
      text: `select fingerprint, deployment_id, created_at from ${names.of('moorage_idempotency')}
        where tenant = $1 and key = $2`,
    },
    [tenant, key],
  );
  return (
    row && { tenant, key, fingerprint: row.fingerprint, deploymentId: row.deployment_id, createdAt: row.created_at }
  );
}

function toRecord(row: RecordRow): DeploymentRecord {
  const { desired, status, revision } = row;
  return {
    desired,
    status,
    revision,
    address: {
      id: row.address_id,
      tenant: desired.tenant,
      agentId: desired.agentId,
      deploymentId: desired.id,
      port: row.port ?? undefined,
      createdAt: row.address_created_at,
    },
  };
}

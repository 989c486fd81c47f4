import { createHash } from 'node:crypto';
import {
  type AuditRecord,
  type Commit,
  cleanText,
  type DeploymentRecord,
  type DesiredState,
  quotaUseOf,
  shardOf,
} from '@moorage/core/store';
import type { Statement } from './database.js';
import type { Names } from './names.js';

/** One statement that writes all of a commit, put together from the parts that it has. */
export interface WriteStatement extends Statement {
  readonly values: readonly unknown[];
}

/** What is to be written; `record` is absent for a drop. */
export interface Writes {
  readonly commit: Commit;
  readonly now: number;
  readonly revision: number;
  readonly record: DeploymentRecord | undefined;
  readonly audit: readonly AuditRecord[];
  /** Tells other stores on the same schema whose hint it is. */
  readonly sender: string;
  /**
   * The statement stands alone: it locks deployment and lease itself, and writes nothing at all (and gives no row)
   * unless revision and fence are those of the commit.
   */
  readonly alone?: boolean | undefined;
}

interface Parts {
  readonly tables: Names;
  readonly ctes: string[];
  readonly values: unknown[];
  /** Condition of every write of a statement that stands alone; else empty. */
  readonly guard: string;
}

/**
 * All writes of a commit in one round trip. The row of numbers is locked here and freed by the end of the transaction,
 * so that events appear in the order of their numbers and a reader never misses one.
 */
export function writeStatement(tables: Names, writes: Writes): WriteStatement {
  const parts: Parts = { tables, ctes: [], values: [], guard: writes.alone ? 'exists (select from base)' : '' };
  const { commit, record } = writes;
  if (writes.alone) addBase(parts, commit);
  const isNew = commit.expectedRevision === 'absent';
  const numbered = isNew || commit.events.length > 0;
  if (numbered) addCounter(parts, commit.events.length, isNew);
  if (record === undefined) addDrop(parts, commit.deploymentId);
  else if (isNew) addNew(parts, writes, record);
  else addChange(parts, writes, record);
  if (commit.events.length > 0) addEvents(parts, writes);
  if (writes.audit.length > 0) addAudit(parts, writes.audit);
  if (commit.incidents?.length) addIncidents(parts, commit.incidents);
  if (commit.scaling?.length) addScaling(parts, commit.scaling);
  if (commit.idempotency) addIdempotency(parts, commit.idempotency);
  const payload = value(parts, `${writes.sender}:${commit.deploymentId}`);
  const notified = `select pg_notify('${tables.channel}', ${payload}::text)`;
  const told = numbered ? `${notified}, events from counter` : `${notified}${writes.alone ? ' from base' : ''}`;
  const text = `with ${parts.ctes.join(',\n')} ${told}`;
  // One name for one text: there are as many texts as sets of parts, a few dozen in practice.
  const name = `commit-${createHash('sha1').update(text).digest('base64url').slice(0, 16)}`;
  return { name, text, values: parts.values };
}

/** Adds a parameter and gives its place. */
function value(parts: Parts, parameter: unknown): string {
  parts.values.push(parameter);
  return `$${parts.values.length}`;
}

function part(parts: Parts, name: string, sql: string): void {
  parts.ctes.push(`${name} as (${sql})`);
}

const whereGuard = ({ guard }: Parts) => (guard === '' ? '' : ` where ${guard}`);
const andGuard = ({ guard }: Parts) => (guard === '' ? '' : ` and ${guard}`);

/** The deployment's row and its lease, locked in this order as everywhere; read again after a wait for either. */
function addBase(parts: Parts, { deploymentId, expectedRevision, fence }: Commit): void {
  const shard = `l.shard = ${value(parts, fence?.shard)}::smallint`;
  const row = `d.id = ${value(parts, deploymentId)} and d.revision = ${value(parts, expectedRevision)}::bigint`;
  const right = `l.token = ${value(parts, fence?.token)}::bigint and l.holder = ${value(parts, fence?.holder)}`;
  part(
    parts,
    'base',
    `select d.id from ${parts.tables.of('moorage_deployments')} d join ${parts.tables.of('moorage_leases')} l on ${shard}
     where ${row} and ${right} for update of d for share of l`,
  );
}

function addCounter(parts: Parts, events: number, isNew: boolean): void {
  const count = `events = events + ${value(parts, events)}::bigint`;
  part(
    parts,
    'counter',
    `update ${parts.tables.of('moorage_sequence')} set ${count}${isNew ? ', deployments = deployments + 1' : ''}
     ${whereGuard(parts)} returning events, deployments`,
  );
}

function addNew(parts: Parts, writes: Writes, record: DeploymentRecord): void {
  const { desired, address } = record;
  const columns = {
    id: desired.id,
    shard: shardOf(desired.id),
    ...wishColumns(desired),
    ...commonColumns(writes, record),
  };
  const places = Object.entries({ ...columns, status: JSON.stringify(record.status) }).map(
    ([column, parameter]) => [column, `${value(parts, parameter)}${castOf(column)}`] as const,
  );
  part(
    parts,
    'made',
    `insert into ${parts.tables.of('moorage_deployments')} (sequence, ${places.map(([column]) => column).join(', ')})
     select counter.deployments, ${places.map(([, place]) => place).join(', ')} from counter`,
  );
  const claim = [address.id, desired.id, address.port ?? null, address.createdAt].map((each) => value(parts, each));
  part(
    parts,
    'addressed',
    `insert into ${parts.tables.of('moorage_addresses')} (id, deployment_id, port, created_at) values (${claim.join(', ')})`,
  );
}

function addChange(parts: Parts, writes: Writes, record: DeploymentRecord): void {
  const { commit } = writes;
  const columns: Record<string, unknown> = {
    ...commonColumns(writes, record),
    ...(commit.desired ? wishColumns(commit.desired) : {}),
    ...(commit.status ? { status: JSON.stringify(commit.status) } : {}),
  };
  const sets = Object.entries(columns).map(
    ([column, parameter]) => `${column} = ${value(parts, parameter)}${castOf(column)}`,
  );
  const id = value(parts, commit.deploymentId);
  if (commit.movePort) {
    const port = value(parts, record.address.port ?? null);
    const table = parts.tables.of('moorage_addresses');
    part(parts, 'moved', `update ${table} set port = ${port}::int where deployment_id = ${id}`);
  }
  part(
    parts,
    'changed',
    `update ${parts.tables.of('moorage_deployments')} set ${sets.join(', ')}, updated_at = now() where id = ${id}${andGuard(parts)}`,
  );
}

function addDrop(parts: Parts, deploymentId: string): void {
  const id = value(parts, deploymentId);
  const guard = andGuard(parts);
  part(parts, 'dropped', `delete from ${parts.tables.of('moorage_deployments')} where id = ${id}${guard}`);
  part(parts, 'freed', `delete from ${parts.tables.of('moorage_addresses')} where deployment_id = ${id}${guard}`);
  part(parts, 'silenced', `delete from ${parts.tables.of('moorage_live')} where deployment_id = ${id}${guard}`);
  part(
    parts,
    'buried',
    `insert into ${parts.tables.of('moorage_dropped')} (id) select ${id}::text${whereGuard(parts)}`,
  );
}

function addEvents(parts: Parts, { commit, now }: Writes): void {
  const column = (key: 'deploymentId' | 'tenant') =>
    value(
      parts,
      commit.events.map((event) => event[key]),
    );
  const ids = column('deploymentId');
  const tenants = column('tenant');
  const bodies = value(
    parts,
    commit.events.map((event) => JSON.stringify(event)),
  );
  const count = `${value(parts, commit.events.length)}::bigint`;
  part(
    parts,
    'told',
    `insert into ${parts.tables.of('moorage_events')} (sequence, deployment_id, tenant, at, event)
     select counter.events - ${count} + e.place, e.id, e.tenant, ${value(parts, now)}::bigint, e.body::json
     from counter, unnest(${ids}::text[], ${tenants}::text[], ${bodies}::text[]) with ordinality e(id, tenant, body, place)`,
  );
}

function addAudit(parts: Parts, audit: readonly AuditRecord[]): void {
  const id = value(parts, audit[0]?.deploymentId);
  const sequences = value(
    parts,
    audit.map((record) => record.sequence),
  );
  const records = value(
    parts,
    audit.map((record) => JSON.stringify(record)),
  );
  part(
    parts,
    'audited',
    `insert into ${parts.tables.of('moorage_audit')} (deployment_id, sequence, record)
     select ${id}::text, a.sequence, a.record::json
     from unnest(${sequences}::bigint[], ${records}::text[]) a(sequence, record)
     ${whereGuard(parts)}`,
  );
}

function addIncidents(parts: Parts, incidents: NonNullable<Commit['incidents']>): void {
  const ids = value(
    parts,
    incidents.map((incident) => incident.id),
  );
  const deployments = value(
    parts,
    incidents.map((incident) => incident.deploymentId),
  );
  const tenants = value(
    parts,
    incidents.map((incident) => incident.tenant),
  );
  const times = value(
    parts,
    incidents.map((incident) => incident.at),
  );
  const bodies = value(
    parts,
    incidents.map((incident) => JSON.stringify(incident)),
  );
  part(
    parts,
    'incidents',
    `insert into ${parts.tables.of('moorage_incidents')} (id, deployment_id, tenant, at, incident)
     select i.id, i.deployment_id, i.tenant, i.at, i.incident::json
     from unnest(${ids}::text[], ${deployments}::text[], ${tenants}::text[], ${times}::float8[], ${bodies}::text[])
       i(id, deployment_id, tenant, at, incident)
     ${whereGuard(parts)} on conflict (id) do nothing`,
  );
}

function addScaling(parts: Parts, rows: NonNullable<Commit['scaling']>): void {
  const columns = [
    `${value(
      parts,
      rows.map((row) => row.deploymentId),
    )}::text[]`,
    `${value(
      parts,
      rows.map((row) => row.tenant),
    )}::text[]`,
    `${value(
      parts,
      rows.map((row) => row.agentId),
    )}::text[]`,
    `${value(
      parts,
      rows.map((row) => row.action),
    )}::text[]`,
    `${value(
      parts,
      rows.map((row) => row.fromInstances),
    )}::int[]`,
    `${value(
      parts,
      rows.map((row) => row.toInstances),
    )}::int[]`,
    `${value(
      parts,
      rows.map((row) => cleanText(row.reason)),
    )}::text[]`,
    `${value(
      parts,
      rows.map((row) => row.createdAt),
    )}::float8[]`,
  ];
  part(
    parts,
    'scaled',
    `insert into ${parts.tables.of('moorage_scaling_events')}
       (deployment_id, tenant, agent_id, action, from_instances, to_instances, reason, created_at)
     select s.id, s.tenant, s.agent, s.action, s.before, s.after, s.reason, to_timestamp(s.at / 1000)
     from unnest(${columns.join(', ')}) s(id, tenant, agent, action, before, after, reason, at)
     ${whereGuard(parts)}`,
  );
}

function addIdempotency(parts: Parts, record: NonNullable<Commit['idempotency']>): void {
  const places = [record.tenant, record.key, record.fingerprint, record.deploymentId, record.createdAt].map((each) =>
    value(parts, each),
  );
  part(
    parts,
    'remembered',
    `insert into ${parts.tables.of('moorage_idempotency')} (tenant, key, fingerprint, deployment_id, created_at)
     values (${places.join(', ')})`,
  );
}

function wishColumns(desired: DesiredState): Record<string, unknown> {
  const { source } = desired.template;
  const use = quotaUseOf(desired);
  return {
    tenant: desired.tenant,
    agent_id: desired.agentId,
    name: desired.name,
    image: cleanText(source.kind === 'program' ? source.entrypoint : source.image),
    deleted_at: desired.deletedAt ?? null,
    replicas: use.instances,
    cpu_millis: use.cpuMillis,
    memory_bytes: use.memoryBytes,
    desired: JSON.stringify(desired),
  };
}

function commonColumns({ revision, audit }: Writes, record: DeploymentRecord): Record<string, unknown> {
  const last = audit.at(-1);
  return {
    phase: record.status.phase,
    revision,
    ...(last ? { audit_sequence: last.sequence, audit_hash: last.hash } : {}),
  };
}

/** The server cannot infer a parameter's type everywhere. */
const castOf = (column: string): string => `::${columnTypes[column] ?? 'text'}`;

const columnTypes: Readonly<Record<string, string>> = {
  shard: 'smallint',
  deleted_at: 'float8',
  replicas: 'float8',
  cpu_millis: 'float8',
  memory_bytes: 'float8',
  revision: 'bigint',
  audit_sequence: 'bigint',
  desired: 'json',
  status: 'json',
};

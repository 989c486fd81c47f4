import {
  type AddressClaim,
  type AuditTail,
  absentRecord,
  type Commit,
  checkQuota,
  type DeploymentStatus,
  type DesiredState,
  fenceConflict,
  idempotencyKeyUsed,
  nameTaken,
  noPortFree,
  quotaUseOf,
  revisionConflict,
  tenantChanged,
} from '@moorage/core/store';
import type { Queries, Row } from './database.js';
import type { Names } from './names.js';

/** What a commit builds on, read under the locks that keep it true until the transaction ends. */
export interface CommitBase {
  /** The database's clock: all hosts on it agree. */
  readonly now: number;
  readonly revision: number;
  readonly tail: AuditTail | undefined;
  /** Read only where the commit does not replace it. */
  readonly desired: DesiredState | undefined;
  readonly status: DeploymentStatus | undefined;
  readonly address: { readonly id: string; readonly port: number | undefined; readonly createdAt: number };
}

interface ClaimRow extends Row {
  readonly now: number;
  readonly key_holder?: string | null;
  readonly name_holder?: string | null;
  readonly used_instances?: number;
  readonly used_cpu?: number;
  readonly used_memory?: number;
}

interface StoredRow extends ClaimRow {
  readonly revision: number;
  readonly tenant: string;
  readonly held_instances: number;
  readonly held_cpu: number;
  readonly held_memory: number;
  readonly audit_sequence: number;
  readonly audit_hash: string | null;
  readonly desired: DesiredState | null;
  readonly status: DeploymentStatus | null;
  readonly address_id: string;
  readonly port: number | null;
  readonly address_created_at: number;
  readonly lease_token?: number;
  readonly lease_holder?: string | null;
}

export const nowMs = 'floor(extract(epoch from clock_timestamp()) * 1000)::float8';

/**
 * Takes the locks in one order for all: tenant, ports, the deployment's row, its lease. The row of numbers comes last,
 * with the writes. As few round trips as can be: others wait meanwhile. Throws what the contract says.
 */
export async function checkInside(queries: Queries, names: Names, commit: Commit): Promise<CommitBase> {
  const tenant = commit.desired?.tenant ?? commit.idempotency?.tenant;
  if (tenant !== undefined)
    await lockClaims(queries, names, tenant, (commit.address?.ports ?? commit.movePort) !== undefined);
  return commit.expectedRevision === 'absent'
    ? checkNew(queries, names, commit)
    : checkStored(queries, names, commit, commit.expectedRevision);
}

/** Name, quota and port of a tenant are decided by one transaction at a time. */
async function lockClaims(queries: Queries, names: Names, tenant: string, ports: boolean): Promise<void> {
  await queries.run(
    ports
      ? {
          name: 'lock-tenant-and-ports',
          text: 'select pg_advisory_xact_lock(hashtextextended($1, 0)), pg_advisory_xact_lock(hashtextextended($2, 0))',
        }
      : { name: 'lock-tenant', text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))' },
    ports ? [names.lock(`tenant/${tenant}`), names.lock('ports')] : [names.lock(`tenant/${tenant}`)],
  );
}

async function checkNew(queries: Queries, names: Names, commit: Commit): Promise<CommitBase> {
  const claims = claimsOf(names, commit, 1);
  const [row] = await queries.run<ClaimRow & { readonly found: number | null }>(
    {
      name: 'check-new',
      text: `
        select ${nowMs} as now, c.*, coalesce(
          (select revision from ${names.of('moorage_deployments')} where id = $1),
          (select 0 from ${names.of('moorage_dropped')} where id = $1)
        ) as found
        from ${claims.text}`,
    },
    [commit.deploymentId, ...claims.values],
  );
  if (row === undefined) throw new Error('a select of one row gave none');
  if (row.found !== null) throw revisionConflict(commit.deploymentId, 'absent', row.found);
  if (commit.fence) await checkFence(queries, names, commit.fence);
  checkClaims(commit, row, undefined);
  const port = commit.address?.ports && (await freePort(queries, names, commit.address.ports, []));
  return {
    now: row.now,
    revision: 0,
    tail: undefined,
    desired: undefined,
    status: undefined,
    address: { id: commit.address?.id ?? '', port, createdAt: row.now },
  };
}

async function checkStored(queries: Queries, names: Names, commit: Commit, expected: number): Promise<CommitBase> {
  const stored = await lockStored(queries, names, commit);
  if (stored === undefined) throw absentRecord(commit.deploymentId);
  if (stored.revision !== expected) throw revisionConflict(commit.deploymentId, expected, stored.revision);
  const { desired, fence } = commit;
  if (fence && (stored.lease_token !== fence.token || stored.lease_holder !== fence.holder)) {
    throw fenceConflict(fence, stored.lease_token ?? 0, stored.lease_holder ?? undefined);
  }
  if (desired && stored.tenant !== desired.tenant) throw tenantChanged(desired.id, stored.tenant, desired.tenant);
  checkClaims(commit, stored, {
    instances: stored.held_instances,
    cpuMillis: stored.held_cpu,
    memoryBytes: stored.held_memory,
  });
  const { movePort } = commit;
  const port = movePort ? await freePort(queries, names, movePort.ports, movePort.avoid) : (stored.port ?? undefined);
  return {
    now: stored.now,
    revision: stored.revision,
    tail: stored.audit_hash === null ? undefined : { sequence: stored.audit_sequence, hash: stored.audit_hash },
    desired: stored.desired ?? undefined,
    status: stored.status ?? undefined,
    address: { id: stored.address_id, port, createdAt: stored.address_created_at },
  };
}

/**
 * The row for writing, and its lease shared: nobody can take that over before this transaction ends. Claims of others
 * may be read in the same statement, since the tenant's lock was taken before it began.
 */
async function lockStored(queries: Queries, names: Names, commit: Commit): Promise<StoredRow | undefined> {
  const desired = commit.desired === undefined && !commit.drop;
  const status = commit.status === undefined && !commit.drop;
  const claims = commit.desired || commit.idempotency ? claimsOf(names, commit, 1) : undefined;
  const values: unknown[] = [commit.deploymentId, ...(claims?.values ?? [])];
  if (commit.fence) values.push(commit.fence.shard);
  const fence = commit.fence && `$${values.length}`;
  const [row] = await queries.run<StoredRow>(
    {
      name: `lock-deployment-${desired ? 'd' : ''}${status ? 's' : ''}${claims ? 'c' : ''}${fence ? 'f' : ''}`,
      text: `
        select ${nowMs} as now, d.revision, d.tenant, d.audit_sequence, d.audit_hash,
          case when d.deleted_at is null then d.replicas else 0 end as held_instances,
          case when d.deleted_at is null then d.cpu_millis else 0 end as held_cpu,
          case when d.deleted_at is null then d.memory_bytes else 0 end as held_memory,
          ${desired ? 'd.desired' : 'null as desired'}, ${status ? 'd.status' : 'null as status'},
          a.id as address_id, a.port, a.created_at as address_created_at
          ${claims ? ', c.*' : ''} ${fence ? ', l.token as lease_token, l.holder as lease_holder' : ''}
        from ${names.of('moorage_deployments')} d join ${names.of('moorage_addresses')} a on a.deployment_id = d.id
          ${fence ? `join ${names.of('moorage_leases')} l on l.shard = ${fence}::smallint` : ''}
          ${claims ? `cross join ${claims.text}` : ''}
        where d.id = $1 for update of d ${fence ? 'for share of l' : ''}`,
    },
    values,
  );
  return row;
}

/** Who holds name and key, and what the tenant's other deployments use, as `c`; its parameters follow `used` others. */
function claimsOf(
  names: Names,
  { desired, idempotency }: Commit,
  used: number,
): { readonly text: string; readonly values: readonly unknown[] } {
  const [tenant, name, keyTenant, key] = [1, 2, 3, 4].map((index) => `$${used + index}`);
  const deployments = names.of('moorage_deployments');
  return {
    text: `(
      select
        (
          select deployment_id from ${names.of('moorage_idempotency')} where tenant = ${keyTenant} and key = ${key}
        ) as key_holder,
        (
          select id from ${deployments}
          where tenant = ${tenant} and name = ${name} and deleted_at is null and id <> $1
        ) as name_holder,
        coalesce(sum(replicas), 0) as used_instances, coalesce(sum(cpu_millis), 0) as used_cpu,
        coalesce(sum(memory_bytes), 0) as used_memory
      from ${deployments} where tenant = ${tenant} and deleted_at is null and id <> $1
    ) c`,
    values: [desired?.tenant ?? null, desired?.name ?? null, idempotency?.tenant ?? null, idempotency?.key ?? null],
  };
}

async function checkFence(queries: Queries, names: Names, fence: NonNullable<Commit['fence']>): Promise<void> {
  const [lease] = await queries.run<{ readonly token: number; readonly holder: string | null }>(
    {
      name: 'check-fence',
      text: `select token, holder from ${names.of('moorage_leases')} where shard = $1 for share`,
    },
    [fence.shard],
  );
  if (lease?.token !== fence.token || lease.holder !== fence.holder) {
    throw fenceConflict(fence, lease?.token ?? 0, lease?.holder ?? undefined);
  }
}

function checkClaims(commit: Commit, claims: ClaimRow, held: Parameters<typeof checkQuota>[3]): void {
  const { desired, idempotency } = commit;
  if (idempotency && claims.key_holder) throw idempotencyKeyUsed(idempotency, claims.key_holder);
  if (desired === undefined) return;
  if (claims.name_holder && desired.deletedAt === undefined) {
    throw nameTaken(desired.tenant, desired.name, claims.name_holder);
  }
  const use = {
    instances: claims.used_instances ?? 0,
    cpuMillis: claims.used_cpu ?? 0,
    memoryBytes: claims.used_memory ?? 0,
  };
  const refusal = checkQuota(commit.quota, use, quotaUseOf(desired), held);
  if (refusal) throw refusal;
}

async function freePort(
  queries: Queries,
  names: Names,
  range: NonNullable<AddressClaim['ports']>,
  avoid: readonly number[],
): Promise<number> {
  const [row] = await queries.run<{ readonly port: number }>(
    {
      name: 'pick-port',
      text: `
        select p as port from generate_series($1::int, $2::int) p
        where p <> all($3::int[]) and not exists (select 1 from ${names.of('moorage_addresses')} a where a.port = p)
        order by p limit 1`,
    },
    [range.from, range.to, avoid],
  );
  if (row === undefined) throw noPortFree(range);
  return row.port;
}

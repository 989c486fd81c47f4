import type { Commit, CommitResult, DesiredState } from '@moorage/core/store';
import { type CommitBase, nowMs } from './commit-checks.js';
import { draftOf } from './commit-draft.js';
import { writeStatement } from './commit-writes.js';
import type { Database } from './database.js';
import type { Names } from './names.js';

interface BaseRow extends Record<string, unknown> {
  readonly now: number;
  readonly audit_sequence: number;
  readonly audit_hash: string | null;
  readonly desired: DesiredState | null;
  readonly status: CommitBase['status'] | null;
  readonly address_id: string;
  readonly port: number | null;
  readonly address_created_at: number;
}

/** What hosts write all the time: status, events, incidents or the end of one deployment, by the right of a lease. */
export function standsAlone(commit: Commit): boolean {
  const { expectedRevision, fence, desired, address, movePort, idempotency } = commit;
  return expectedRevision !== 'absent' && fence !== undefined && !(desired ?? address ?? movePort ?? idempotency);
}

/**
 * Such a commit in two statements: one reads what it builds on and locks nothing, one writes all of it if that is still
 * so. Undefined when it is not, or the right is gone: then nothing was written.
 */
export async function commitAlone(
  database: Database,
  names: Names,
  sender: string,
  commit: Commit,
): Promise<CommitResult | undefined> {
  const base = await readBase(database, names, commit);
  if (base === undefined) return undefined;
  const draft = draftOf(commit, base);
  const { values, ...statement } = writeStatement(names, { commit, ...draft, sender, alone: true });
  const [row] = await database.run<{ readonly events?: number }>(statement, values);
  return row && draft.result(row.events ?? 0);
}

async function readBase(database: Database, names: Names, commit: Commit): Promise<CommitBase | undefined> {
  const { deploymentId, expectedRevision, drop } = commit;
  const desired = !drop;
  const status = !drop && commit.status === undefined;
  const [row] = await database.run<BaseRow>(
    {
      name: `read-base-${desired ? 'd' : ''}${status ? 's' : ''}`,
      text: `
        select ${nowMs} as now, d.audit_sequence, d.audit_hash,
          ${desired ? 'd.desired' : 'null as desired'}, ${status ? 'd.status' : 'null as status'},
          a.id as address_id, a.port, a.created_at as address_created_at
        from ${names.of('moorage_deployments')} d join ${names.of('moorage_addresses')} a on a.deployment_id = d.id
        where d.id = $1 and d.revision = $2::bigint`,
    },
    [deploymentId, expectedRevision],
  );
  return (
    row && {
      now: row.now,
      revision: Number(expectedRevision),
      tail: row.audit_hash === null ? undefined : { sequence: row.audit_sequence, hash: row.audit_hash },
      desired: row.desired ?? undefined,
      status: row.status ?? undefined,
      address: { id: row.address_id, port: row.port ?? undefined, createdAt: row.address_created_at },
    }
  );
}

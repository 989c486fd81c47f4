import { randomUUID } from 'node:crypto';
import {
  type AddressRecord,
  type AuditRecord,
  type Commit,
  type CommitResult,
  checkCommit,
  type DeploymentRecord,
  formatCursor,
  type HostEvent,
  initialStatus,
  linkAudit,
} from '@moorage/core/store';
import { type CommitBase, checkInside } from './commit-checks.js';
import { writeStatement } from './commit-writes.js';
import type { Database } from './database.js';
import type { Names } from './names.js';

/** Who committed: a store leaves its own hints to itself. */
export function newSender(): string {
  return randomUUID();
}

/** One commit as one transaction: locks and checks, one statement that writes everything, and the end. */
export async function commitTo(
  database: Database,
  names: Names,
  sender: string,
  commit: Commit,
): Promise<CommitResult> {
  checkCommit(commit);
  return database.transaction('store.commit', async (queries) => {
    const base = await checkInside(queries, names, commit);
    const revision = base.revision + 1;
    const record = nextRecord(commit, base, revision);
    const audit: AuditRecord[] = [];
    for (const entry of commit.audit) {
      audit.push(linkAudit(audit.at(-1) ?? base.tail, commit.deploymentId, entry, base.now));
    }
    const { values, ...statement } = writeStatement(names, { commit, now: base.now, revision, record, audit, sender });
    const [row] = await queries.run<{ readonly events?: number }>(statement, values);
    return { revision, record, events: withCursors(commit, base.now, row?.events ?? 0) };
  });
}

function nextRecord(commit: Commit, base: CommitBase, revision: number): DeploymentRecord | undefined {
  const desired = commit.desired ?? base.desired;
  if (commit.drop || desired === undefined) return undefined;
  const { tenant, agentId, id: deploymentId } = desired;
  const address: AddressRecord = { ...base.address, tenant, agentId, deploymentId };
  return { desired, status: commit.status ?? base.status ?? initialStatus(base.now), address, revision };
}

/** `last` is the number of the newest event; those of one commit follow each other without a gap. */
function withCursors(commit: Commit, at: number, last: number): readonly HostEvent[] {
  const first = last - commit.events.length + 1;
  return commit.events.map((event, index) => ({ ...event, cursor: formatCursor('event', first + index), at }));
}

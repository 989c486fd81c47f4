import {
  type AddressRecord,
  type AuditRecord,
  type Commit,
  type CommitResult,
  type DeploymentRecord,
  formatCursor,
  type HostEvent,
  initialStatus,
  linkAudit,
} from '@moorage/core/store';
import type { CommitBase } from './commit-checks.js';

/** What a commit makes of the base that it builds on, before it is written. */
export interface CommitDraft {
  readonly now: number;
  readonly revision: number;
  /** Absent after a drop. */
  readonly record: DeploymentRecord | undefined;
  readonly audit: readonly AuditRecord[];
  /** Once written; `last` is the number of its newest event, since those of one commit follow each other. */
  result(last: number): CommitResult;
}

export function draftOf(commit: Commit, base: CommitBase): CommitDraft {
  const { now } = base;
  const revision = base.revision + 1;
  const record = nextRecord(commit, base, revision);
  const audit: AuditRecord[] = [];
  for (const entry of commit.audit) {
    audit.push(linkAudit(audit.at(-1) ?? base.tail, commit.deploymentId, entry, now));
  }
  return {
    ...{ now, revision, record, audit },
    result: (last) => ({ revision, record, events: withCursors(commit, now, last) }),
  };
}

function nextRecord(commit: Commit, base: CommitBase, revision: number): DeploymentRecord | undefined {
  const desired = commit.desired ?? base.desired;
  if (commit.drop || desired === undefined) return undefined;
  const { tenant, agentId, id: deploymentId } = desired;
  const address: AddressRecord = { ...base.address, tenant, agentId, deploymentId };
  return { desired, status: commit.status ?? base.status ?? initialStatus(base.now), address, revision };
}

function withCursors(commit: Commit, at: number, last: number): readonly HostEvent[] {
  const first = last - commit.events.length + 1;
  return commit.events.map((event, index) => ({ ...event, cursor: formatCursor('event', first + index), at }));
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObservedInstance } from '@moorage/core/driver';
import type { Parts } from './parts.js';
import type { ProcessIdentity } from './process-identity.js';
import { findSame, type ProcessRow } from './process-table.js';
import type { InstanceFiles } from './records.js';
import { instanceOf } from './shared-scan.js';
import { readJson } from './state-folder.js';
import { type ProcessFacts, toInstance } from './to-instance.js';

/** The newest start that a shim took the lock for. */
export interface StartLock {
  /** 0: never started. */
  readonly number: number;
  readonly holder: ProcessIdentity | undefined;
}

/** Which start is the newest, and the shim that holds it. */
export async function readLock(files: InstanceFiles): Promise<StartLock> {
  const names = await readdir(files.folder);
  const number = Math.max(0, ...names.map((name) => Number(/^lock-(\d+)\.json$/.exec(name)?.[1] ?? 0)));
  if (number === 0) return { number, holder: undefined };
  const holder = await readJson(join(files.folder, `lock-${number}.json`));
  return { number, holder: holder as ProcessIdentity | undefined };
}

/** The shim of this instance, if it is alive. */
export async function findShim(parts: Parts, files: InstanceFiles): Promise<ProcessRow | undefined> {
  return findSame(parts.table, files.status?.shim ?? (await readLock(files)).holder);
}

/** The instance as it is now; undefined when it was removed meanwhile. */
export async function observe(parts: Parts, files: InstanceFiles): Promise<ObservedInstance | undefined> {
  const facts = await readFacts(parts, files);
  if (facts.shimAlive || !files.status || files.status.phase === 'exited') return toInstance(files, facts);
  // A shim writes down how the agent ended before it ends itself: what was read before may be older than its end.
  const later = await parts.folder.read(files.record.name);
  return later && toInstance(later, await readFacts(parts, later));
}

async function readFacts(parts: Parts, files: InstanceFiles): Promise<ProcessFacts> {
  const { status, removing } = files;
  const [shim, agent, self, boot] = await Promise.all([
    findSame(parts.table, status?.shim),
    findSame(parts.table, status?.agent),
    parts.self(),
    parts.table.boot(),
  ]);
  const by = removing?.by;
  const isMine = by?.pid === self.pid && by.start === self.start && by.boot === self.boot;
  return {
    shimAlive: shim !== undefined,
    agent: agent && (agent.suspended ? 'suspended' : 'running'),
    removing: isMine ? parts.removals.has(files.record.name) : (await findSame(parts.table, by)) !== undefined,
    boot,
  };
}

/** Processes of the agent, its leader included, that are in its group or session; not the shim. */
export async function groupMembers(parts: Parts, files: InstanceFiles): Promise<readonly ProcessRow[]> {
  const { members, isCertain } = groupIn(await parts.table.all(), files, await parts.table.boot());
  if (isCertain) return members;
  const named = await Promise.all(members.map((row) => instanceOf(parts.table, row.pid)));
  return members.filter((_, index) => mayBeOf(files, named[index]));
}

/** All processes of the instance but the shim: its group, and those that left it but still carry its mark. */
export async function survivors(parts: Parts, files: InstanceFiles): Promise<readonly ProcessRow[]> {
  const rows = await parts.scan();
  const { members, isCertain } = groupIn(rows, files, await parts.table.boot());
  const ours = new Set(isCertain ? members : members.filter((row) => mayBeOf(files, row.instanceId)));
  return rows.filter((row) => ours.has(row) || row.instanceId === files.record.instanceId);
}

/** The group of the agent; not certain when it may be a later one of the same number. */
function groupIn<Row extends ProcessRow>(
  rows: readonly Row[],
  { status }: InstanceFiles,
  boot: string,
): { readonly members: readonly Row[]; readonly isCertain: boolean } {
  const agent = status?.agent;
  if (!agent || agent.boot !== boot) return { members: [], isCertain: true };
  const leader = rows.find((row) => row.pid === agent.pid);
  // A number that is a group's stays out of use until the group has ended, so a leader of another start means that
  // the whole group is another one.
  if (leader && leader.start !== agent.start) return { members: [], isCertain: true };
  const members = rows.filter((row) => row.group === agent.pid || row.session === agent.pid);
  // Without its leader the group may be a later one whose leader is gone too.
  return { members, isCertain: leader !== undefined };
}

/** False only for a process that is known to be of another instance, or of none. */
function mayBeOf({ record }: InstanceFiles, instanceId: string | undefined): boolean {
  return instanceId === undefined || instanceId === record.instanceId;
}

/**
 * Signals every group that these processes lead, and the others one by one; what has ended since they were read is left
 * out, also when its pid is another process's by now.
 */
export async function signalAll(parts: Parts, rows: readonly ProcessRow[], signal: NodeJS.Signals): Promise<void> {
  const now = await Promise.all(rows.map((row) => parts.table.find(row.pid)));
  const same = rows.filter((row, index) => now[index]?.start === row.start);
  const leaders = new Set(same.map((row) => row.pid));
  const groups = new Set(same.map((row) => row.group).filter((group) => leaders.has(group)));
  for (const group of groups) send(-group, signal);
  for (const row of same) if (!groups.has(row.group)) send(row.pid, signal);
}

/** Sends a signal; a process that has ended meanwhile is fine. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

import { randomUUID } from 'node:crypto';
import { type Commit, type CommitResult, checkCommit } from '@moorage/core/store';
import { commitAlone, standsAlone } from './commit-alone.js';
import { checkInside } from './commit-checks.js';
import { draftOf } from './commit-draft.js';
import { writeStatement } from './commit-writes.js';
import type { Database } from './database.js';
import type { Names } from './names.js';

/** Who committed: a store leaves its own hints to itself. */
export function newSender(): string {
  return randomUUID();
}

/** One commit as one transaction: all of it, or nothing. */
export async function commitTo(
  database: Database,
  names: Names,
  sender: string,
  commit: Commit,
): Promise<CommitResult> {
  checkCommit(commit);
  const done = standsAlone(commit) ? await commitAlone(database, names, sender, commit) : undefined;
  return done ?? commitTogether(database, names, sender, commit);
}

/** Locks and checks, one statement that writes everything, and the end. Tells what is wrong, where something is. */
function commitTogether(database: Database, names: Names, sender: string, commit: Commit): Promise<CommitResult> {
  return database.transaction('store.commit', async (queries) => {
    const draft = draftOf(commit, await checkInside(queries, names, commit));
    const { values, ...statement } = writeStatement(names, { commit, ...draft, sender });
    const [row] = await queries.run<{ readonly events?: number }>(statement, values);
    return draft.result(row?.events ?? 0);
  });
}

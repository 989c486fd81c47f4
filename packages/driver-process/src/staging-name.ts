import { createHash, randomBytes } from 'node:crypto';
import type { InstanceName } from '@moorage/core/driver';
import type { ProcessIdentity } from './process-identity.js';
import type { ProcessTable } from './process-table.js';

/** A folder of its own for an instance that is being put together, whose name tells by whom. */
export function stagingName(name: InstanceName, maker: ProcessIdentity): string {
  return `${name}.${maker.pid}-${markOf(maker)}.${randomBytes(6).toString('hex')}`;
}

/** Is whoever made this entry still at it? Undefined for one that does not tell. */
export async function isMakerAlive(entry: string, table: ProcessTable): Promise<boolean | undefined> {
  const [, pid, mark] = /\.(\d+)-([0-9a-f]{12})\.[0-9a-f]{12}$/.exec(entry) ?? [];
  if (pid === undefined) return undefined;
  const [row, boot] = await Promise.all([table.find(Number(pid)), table.boot()]);
  return row !== undefined && markOf({ pid: row.pid, start: row.start, boot }) === mark;
}

/** Another process that has the pid later has another one. */
function markOf({ start, boot }: ProcessIdentity): string {
  return createHash('sha256')
    .update(JSON.stringify([start, boot]))
    .digest('hex')
    .slice(0, 12);
}

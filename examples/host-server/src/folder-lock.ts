import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MoorageError } from '@moorage/protocol';
import { processStart } from './process-start.js';

interface Holder {
  readonly pid: number;
  readonly start: string;
}

/**
 * Takes the folder for this process; the returned function gives it back. A lock whose process is gone (`kill -9`, a
 * power cut) is taken over. Errors: `already_exists` when another host works on the folder.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  const mine = `${JSON.stringify({ pid: process.pid, start: processStart(process.pid) ?? '' } satisfies Holder)}\n`;
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (linked(draft, path)) return () => giveBack(path, mine);
      const found = read(path);
      if (found === undefined) continue;
      const holder = parse(found);
      if (holder && processStart(holder.pid) === holder.start) throw taken(folder, holder.pid);
      setAside(path, found);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new MoorageError(
    'conflict',
    `Cannot lock the state folder ${folder}: other hosts keep taking it. Start one at a time`,
    {
      operation: 'state.lock',
    },
  );
}

/** A hard link appears whole or not at all, so no one ever reads half a lock. */
function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead lock. If another starter was faster and it is a live one by now, it goes back. */
function setAside(path: string, judged: string): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== judged) linked(aside, path);
  rmSync(aside, { force: true });
}

function giveBack(path: string, mine: string): void {
  if (read(path) === mine) rmSync(path, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    return typeof holder.pid === 'number' && typeof holder.start === 'string' ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function taken(folder: string, pid: number): MoorageError {
  return new MoorageError(
    'already_exists',
    `Another host (process ${pid}) works on the state folder ${folder}: stop it, or give this one a folder of its own with MOORAGE_STATE`,
    { operation: 'state.lock', context: { folder, pid } },
  );
}

import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MoorageError } from '@moorage/core/store';
import { processInfo } from './process-info.js';

interface Holder {
  readonly pid: number;
  readonly startedAt: string;
}

const name = 'host.lock';

/**
 * Makes this process the only host on a folder; the returned function gives it back. A lock whose process is gone (same
 * number, another start, or none) is taken over. Errors: `already_exists` when another host holds it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, name);
  const mine = join(folder, `${name}.${process.pid}.${randomUUID()}`);
  const self = await processInfo(process.pid);
  const content = JSON.stringify({ pid: process.pid, startedAt: self?.startedAt ?? '' } satisfies Holder);
  await writeFile(mine, content, { mode: 0o600 });
  try {
    // A lock that is found stale may be taken by somebody else first: look again then, a few times.
    for (let attempt = 0; attempt < 20; attempt += 1) {
      if (await linked(mine, path)) return () => release(path, content);
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      const holder = await liveHolder(text);
      if (holder !== undefined) throw taken(folder, holder);
      await setAside(path, text, `${mine}.old`);
    }
    throw new MoorageError('unavailable', `The lock "${path}" changes all the time: try again`, {
      operation: 'embedded.lock',
    });
  } finally {
    await unlink(mine).catch(() => undefined);
  }
}

/** A link appears whole or not at all, and never over another. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

async function liveHolder(text: string): Promise<Holder | undefined> {
  let holder: Holder;
  try {
    holder = JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
  const info = await processInfo(holder.pid);
  return info !== undefined && info.startedAt === holder.startedAt ? holder : undefined;
}

/** Moves a stale lock away, and back when it turns out to be a new one that came in between. */
async function setAside(path: string, stale: string, aside: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readFile(aside, 'utf8').catch(() => stale);
  if (moved !== stale) await linked(aside, path);
  await unlink(aside).catch(() => undefined);
}

async function release(path: string, content: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === content) await unlink(path).catch(() => undefined);
}

function taken(folder: string, holder: Holder): MoorageError {
  return new MoorageError(
    'already_exists',
    `Another host (process ${holder.pid}) runs the embedded PostgreSQL in "${folder}": stop that host, or give each ` +
      'host its own folder, or let both use one server by setting DATABASE_URL',
    { operation: 'embedded.lock', context: { folder, pid: holder.pid } },
  );
}

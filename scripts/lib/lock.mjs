import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** When a process began, as the system counts it; undefined where the system does not tell, null when there is no such process. */
function startOf(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : rest[18];
  } catch {
    return undefined;
  }
}

/** A lock is live while its holder lives: the same pid, begun at the same moment. Another machine's holder counts as alive. */
function isLive({ pid, start, host, released }) {
  if (released) return false;
  if (host !== hostname()) return true;
  const seen = startOf(pid);
  return seen !== null && (seen === undefined || start === undefined || seen === start);
}

/**
 * The lock is a series of files `path.1`, `path.2`, …: the highest number counts. A new holder links the next number
 * into place (atomic, and complete at once), so two that find the same dead holder cannot both take over.
 */
function generations(path) {
  const prefix = `${basename(path)}.`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)))
    .filter((generation) => Number.isSafeInteger(generation))
    .sort((a, b) => a - b);
}

function tryAcquire(path) {
  const before = generations(path);
  const highest = before.at(-1) ?? 0;
  if (highest > 0) {
    const holder = JSON.parse(readFileSync(`${path}.${highest}`, 'utf8'));
    if (isLive(holder)) return { holder };
  }
  const mine = { pid: process.pid, start: startOf(process.pid), host: hostname() };
  const draft = join(dirname(path), `.draft-${process.pid}-${basename(path)}`);
  writeFileSync(draft, JSON.stringify(mine));
  try {
    linkSync(draft, `${path}.${highest + 1}`);
  } catch (error) {
    if (error.code === 'EEXIST') return { holder: undefined };
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  if (generations(path).at(-1) !== highest + 1) {
    rmSync(`${path}.${highest + 1}`, { force: true });
    return { holder: undefined };
  }
  for (const old of before) if (old <= highest - 8) rmSync(`${path}.${old}`, { force: true });
  return { release: () => release(path, highest + 1, mine) };
}

function release(path, generation, mine) {
  const draft = join(dirname(path), `.draft-${process.pid}-${basename(path)}`);
  writeFileSync(draft, JSON.stringify({ ...mine, released: true }));
  renameSync(draft, `${path}.${generation}`);
}

/**
 * Runs `task` while no other process runs one under the same path. A holder that died is passed over. `onWait` is told
 * once whose end is waited for.
 */
export async function withLock(path, task, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true });
  for (let told = false; ; ) {
    let attempt;
    try {
      attempt = tryAcquire(path);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error; // the file read was tidied away by a newer holder: look again
      attempt = { holder: undefined };
    }
    if (attempt.release) {
      try {
        return await task();
      } finally {
        attempt.release();
      }
    }
    if (!told && attempt.holder) onWait(attempt.holder.pid);
    told ||= attempt.holder !== undefined;
    await sleep(100 + Math.random() * 100);
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from './lock.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moorage-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, 'inner', 'x.lock');

it('lets one in at a time, and everybody in the end', async () => {
  let inside = 0;
  const seen: number[] = [];
  const task = async () => {
    inside += 1;
    seen.push(inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => withLock(path(), task)));
  expect(seen).toEqual([1, 1, 1, 1, 1]);
});

it('gives back what the task gives, and is free again after a task that failed', async () => {
  const failing = withLock(path(), () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  await expect(withLock(path(), async () => 5)).resolves.toBe(5);
});

const deadHolders = [
  ['a process that is gone', { pid: 2 ** 22 + 1, start: '1' }],
  ['another process under a reused pid', { pid: process.pid, start: 'long ago' }],
] as const;

// Only Linux tells when a process began.
it.each(process.platform === 'linux' ? deadHolders : deadHolders.slice(0, 1))(
  'passes over %s',
  async (_name, holder) => {
    const other = join(folder, 'y.lock');
    writeFileSync(`${other}.7`, JSON.stringify({ ...holder, host: hostname() }));
    await expect(withLock(other, async () => 'in')).resolves.toBe('in');
  },
);

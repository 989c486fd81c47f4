import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.js';
import { processStart } from './process-start.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moorage-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockFile = () => join(folder, 'lock');

it('is held once, and free again when given back', () => {
  const giveBack = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'already_exists' }));
  expect(() => lockFolder(folder)).toThrow('MOORAGE_STATE');
  giveBack();
  lockFolder(folder)();
  expect(readdirSync(folder)).toEqual([]);
});

it.each([
  ['a process that is gone', JSON.stringify({ pid: 2 ** 30, start: '1' })],
  ['another process under a reused pid', JSON.stringify({ pid: process.pid, start: 'long ago' })],
  ['a half-written lock', '{"pid":'],
])('is taken over from %s', (_name, content) => {
  writeFileSync(lockFile(), content);
  const giveBack = lockFolder(folder);
  expect(JSON.parse(readFileSync(lockFile(), 'utf8'))).toEqual({ pid: process.pid, start: processStart(process.pid) });
  giveBack();
});

it('never takes away what another host holds by then', () => {
  const giveBack = lockFolder(folder);
  writeFileSync(lockFile(), JSON.stringify({ pid: 1, start: processStart(1) ?? '' }));
  giveBack();
  expect(readFileSync(lockFile(), 'utf8')).toContain('"pid":1');
});

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseToken, isLoopback, refuseOpenHost } from './token.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moorage-token-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('chooseToken', () => {
  it('makes one at the first start and keeps it for its owner only', () => {
    const path = join(folder, 'token');
    const first = chooseToken(undefined, path);
    expect(first.token).toMatch(/^[\w-]{32}$/);
    expect(chooseToken(undefined, path)).toEqual(first);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('takes the given one, or none, and writes nothing', () => {
    const path = join(folder, 'absent', 'token');
    expect(chooseToken('x'.repeat(16), path)).toEqual({ token: 'x'.repeat(16), source: 'MOORAGE_TOKEN' });
    expect(chooseToken('', path)).toEqual({ token: undefined, source: 'none' });
  });

  it('refuses a damaged one instead of opening the door', () => {
    writeFileSync(join(folder, 'token'), '\n');
    expect(() => chooseToken(undefined, join(folder, 'token'))).toThrow('damaged: token');
  });
});

it.each(['127.0.0.1', '127.8.9.1', '::1', '[::1]', 'localhost'])('%s is loopback', (host) => {
  expect(isLoopback(host)).toBe(true);
  expect(() => refuseOpenHost(host, undefined)).not.toThrow();
});

it.each(['0.0.0.0', '::', '192.168.1.2', 'example.org', '127.0.0.1.example.org', ''])('%j is not', (host) => {
  expect(isLoopback(host)).toBe(false);
  expect(() => refuseOpenHost(host, undefined)).toThrow(/MOORAGE_TOKEN/);
  expect(() => refuseOpenHost(host, 'a token')).not.toThrow();
});

import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateFolder } from './state-folder.js';

let parent = '';
let folder = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'moorage-state-'));
  folder = join(parent, 'a', 'state');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const mode = (path: string) => statSync(path).mode & 0o777;

describe('openStateFolder', () => {
  it('keeps key and id between two starts, for the owner of the files only', () => {
    const first = openStateFolder(folder);
    first.release();
    const second = openStateFolder(folder);
    expect(second.secretsKey).toEqual(first.secretsKey);
    expect(second.secretsKey).toHaveLength(32);
    expect(second.hostId).toBe(first.hostId);
    second.release();
    expect(mode(folder)).toBe(0o700);
    expect(mode(join(folder, 'secrets.key'))).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['host-id', 'secrets.key']);
  });

  it('keeps no key that it was given', () => {
    const key = Buffer.alloc(32, 7);
    const opened = openStateFolder(folder, key);
    expect(opened.secretsKey).toEqual(key);
    expect(readdirSync(folder)).not.toContain('secrets.key');
    opened.release();
  });

  it('closes a key that was left open to others', () => {
    openStateFolder(folder).release();
    chmodSync(join(folder, 'secrets.key'), 0o644);
    openStateFolder(folder).release();
    expect(mode(join(folder, 'secrets.key'))).toBe(0o600);
  });

  it('tells a second host that the folder is taken', () => {
    const { release } = openStateFolder(folder);
    expect(() => openStateFolder(folder)).toThrow(expect.objectContaining({ code: 'already_exists' }));
    release();
  });

  it.each(['secrets.key', 'host-id'])('says in one line that %s is damaged, and gives the folder back', (name) => {
    openStateFolder(folder).release();
    truncateSync(join(folder, name), 3);
    expect(() => openStateFolder(folder)).toThrow(new RegExp(`damaged: ${name} .*move the folder away`));
    expect(readdirSync(folder)).not.toContain('lock');
  });

  it('lets the file system speak when the folder is a file', () => {
    writeFileSync(join(parent, 'a'), '');
    expect(() => openStateFolder(folder)).toThrow(/ENOTDIR|EEXIST/);
  });
});

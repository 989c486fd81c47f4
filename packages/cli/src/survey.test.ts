import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DockerEngine } from './docker-engine.js';
import { surveyDocker, surveyProcesses } from './survey.js';

describe('surveyDocker', () => {
  const labels = (name: string, owner: string) => ({ Labels: { 'moorage.name': name, 'moorage.owner': owner } });
  const engine = (volumes: readonly object[] | null): DockerEngine => ({
    address: 'here',
    get: async <T>(path: string) =>
      (path.startsWith('/containers')
        ? [labels('moor-mine', 'o-1'), labels('moor-theirs', 'o-2')]
        : { Volumes: volumes }) as T,
  });
  const signal = new AbortController().signal;

  it('tells others from ours, and whether the engine was used', async () => {
    expect(await surveyDocker(engine([{}]), 'o-1', signal)).toEqual({
      used: true,
      foreign: [{ name: 'moor-theirs', owner: 'o-2' }],
    });
    expect((await surveyDocker(engine(null), 'o-1', signal)).used).toBe(false);
    expect((await surveyDocker(engine([]), 'o-1', signal)).used).toBe(false);
  });
});

describe('surveyProcesses', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'moorage-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('makes nothing in a folder that no host has used', async () => {
    const absent = join(folder, 'absent');
    expect(await surveyProcesses(absent, 'o-1')).toEqual({ used: false, foreign: [] });
    expect(await surveyProcesses(folder, 'o-1')).toEqual({ used: false, foreign: [] });
  });

  it('tells others from ours, and leaves out what it cannot read', async () => {
    writeFileSync(join(folder, 'engine.json'), '{}');
    const add = (name: string, spec: string) => {
      mkdirSync(join(folder, 'instances', name), { recursive: true });
      writeFileSync(join(folder, 'instances', name, 'spec.json'), spec);
    };
    add('moor-mine', '{"owner":"o-1"}');
    add('moor-theirs', '{"owner":"o-2"}');
    add('something-else', 'no JSON');
    expect(await surveyProcesses(folder, 'o-1')).toEqual({
      used: true,
      foreign: [{ name: 'moor-theirs', owner: 'o-2' }],
    });
  });
});

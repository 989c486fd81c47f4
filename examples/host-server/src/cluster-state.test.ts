import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clusterState } from './cluster-state.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moorage-cluster-'));
  path = join(folder, 'cluster.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('keeps what was found out for the next start', () => {
  const state = clusterState(path, 'one');
  state.keep({ policies: 'enforced' });
  state.keep({ loaded: ['image:1'] });
  expect(clusterState(path, 'one').facts).toEqual({ cluster: 'one', policies: 'enforced', loaded: ['image:1'] });
});

it('believes nothing that was found out about another cluster', () => {
  clusterState(path, 'one').keep({ policies: 'enforced' });
  expect(clusterState(path, 'two').facts).toEqual({ cluster: 'two' });
});

it('finds out anew what it cannot read', () => {
  writeFileSync(path, '{ half');
  expect(clusterState(path, 'one').facts).toEqual({ cluster: 'one' });
});

it('forgets all of it, also when there is nothing', () => {
  const state = clusterState(path, 'one');
  state.forget();
  state.keep({ policies: 'enforced' });
  state.forget();
  expect(state.facts).toEqual({ cluster: 'one' });
  expect(existsSync(path)).toBe(false);
});

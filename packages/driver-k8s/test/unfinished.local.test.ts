import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Workload, WorkloadDriver } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kubernetesDriver } from '../src/index.js';
import { type FakeCluster, fakeCluster } from './fake-cluster.js';
import { sampleWorkload } from './sample-workload.js';

let cluster: FakeCluster;
let folder: string;
let driver: WorkloadDriver;
let wish: Workload;

beforeEach(async () => {
  cluster = await fakeCluster();
  folder = await mkdtemp(join(tmpdir(), 'moorage-k8s-'));
  const config = {
    clusters: [{ name: 'c', cluster: { server: cluster.address } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  };
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(config));
  driver = kubernetesDriver({ kubeconfig: join(folder, 'kubeconfig') });
  const sample = sampleWorkload('owner-1', 'image:1');
  wish = { ...sample, tenant: 'tenant-a', wishedAt: 1_790_000_000_000, replicas: { fixed: 2 } };
});
afterEach(async () => {
  await driver.close();
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
});

const call = () => ({ signal: AbortSignal.timeout(60_000) });
const told = async () => (await driver.describe({ owner: wish.owner }, call())).workloads[0];
const pathOf = (kind: string) => cluster.paths().filter((path) => path.includes(`/${kind}/`));

it('whatever part of a wish is missing is told, beside its version, and made again by stating the wish', async () => {
  await driver.apply(wish, call());
  expect((await told())?.unfinished).toBeUndefined();
  const parts = [...pathOf('services'), ...pathOf('networkpolicies'), ...pathOf('poddisruptionbudgets')];
  // Its own wall and that of its tenant.
  expect(parts).toHaveLength(4);
  for (const path of parts) {
    cluster.remove(path);
    await eventually(`${path} is missed`, async () => /is missing/.test((await told())?.unfinished ?? ''));
    expect((await told())?.templateHash).toBe(wish.templateHash);
    await driver.apply(wish, call());
    expect(cluster.paths()).toContain(path);
    expect((await told())?.unfinished).toBeUndefined();
  }
});

it('what was stated with other settings of the host is told, and follows them once the wish is stated again', async () => {
  await driver.apply(wish, call());
  const [wall = ''] = pathOf('networkpolicies').filter((path) => !path.endsWith('default-deny'));
  const before = JSON.stringify(cluster.objects.get(wall));
  const monitoring = { namespaceSelector: { matchLabels: { team: 'monitoring' } } };
  const options = { kubeconfig: join(folder, 'kubeconfig') };
  const later = kubernetesDriver({ ...options, ingressFrom: [monitoring] });
  const same = kubernetesDriver(options);
  try {
    const toldBy = async (one: WorkloadDriver) => (await one.describe({ owner: wish.owner }, call())).workloads[0];
    expect((await toldBy(same))?.unfinished).toBeUndefined();
    const found = await toldBy(later);
    expect(found?.unfinished).toBe('it was stated with other settings of the host');
    expect(found?.templateHash).toBe(wish.templateHash);
    await later.apply(wish, call());
    expect((await toldBy(later))?.unfinished).toBeUndefined();
    expect(before).not.toContain('monitoring');
    expect(JSON.stringify(cluster.objects.get(wall))).toContain('monitoring');
    await eventually('the host of before would state it again', async () => (await told())?.unfinished !== undefined);
  } finally {
    await later.close();
    await same.close();
  }
});

it('a wish of the same number and another time takes the place of the one before, without a roll-out', async () => {
  await driver.apply(wish, call());
  expect(await told()).toMatchObject({ generation: wish.generation, wishedAt: wish.wishedAt });
  const [path = ''] = pathOf('deployments');
  const before = cluster.objects.get(path) as { readonly spec?: object };
  await driver.apply({ ...wish, wishedAt: 1_790_000_000_001 }, call());
  expect(await told()).toMatchObject({ generation: wish.generation, wishedAt: 1_790_000_000_001 });
  expect((cluster.objects.get(path) as { readonly spec?: object }).spec).toEqual(before.spec);
});

it('what an earlier wish has left is told, and removed by stating the wish', async () => {
  await driver.apply(wish, call());
  const [budget = ''] = pathOf('poddisruptionbudgets');
  const smaller = { ...wish, generation: 2, replicas: { fixed: 1 } };
  await driver.apply(smaller, call());
  expect(cluster.paths()).not.toContain(budget);
  const labels = { 'moorage.owner': wish.owner, 'moorage.deployment': wish.deploymentId };
  cluster.put(budget, { metadata: { labels } });
  await eventually('it is noticed', async () => /of an earlier wish is left/.test((await told())?.unfinished ?? ''));
  await driver.apply(smaller, call());
  await eventually('it is gone', () => !cluster.paths().includes(budget));
});

it('an empty namespace that a dead host has left goes with the end of what it was made for', async () => {
  await driver.apply(wish, call());
  const [space = ''] = cluster.paths().filter((path) => /\/namespaces\/moor-[^/]+$/.test(path));
  for (const path of cluster.paths())
    if (path.startsWith(`${space}/`) || path.includes('/namespaces/moor-')) {
      if (path !== space) cluster.remove(path);
    }
  await eventually('nothing is told of it', async () => (await told()) === undefined);
  expect(cluster.paths()).toContain(space);
  await driver.deleteWorkload(wish.deploymentId, { ...call(), owner: wish.owner });
  expect(cluster.paths()).not.toContain(space);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Workload, WorkloadDriver } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KubernetesDriverOptions, kubernetesDriver } from '../src/index.js';
import { namespaceName, objectName, secretName } from '../src/labels.js';
import { type FakeCluster, fakeCluster } from './fake-cluster.js';
import { sampleWorkload } from './sample-workload.js';

let cluster: FakeCluster;
let folder: string;
let drivers: WorkloadDriver[];

beforeEach(async () => {
  cluster = await fakeCluster();
  folder = await mkdtemp(join(tmpdir(), 'moorage-k8s-'));
  drivers = [];
});
afterEach(async () => {
  for (const driver of drivers) await driver.close();
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
});

async function driverFor(options: KubernetesDriverOptions = {}, address = cluster.address): Promise<WorkloadDriver> {
  const kubeconfig = join(folder, `${drivers.length}.json`);
  const config = {
    clusters: [{ name: 'c', cluster: { server: address } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const driver = kubernetesDriver({ kubeconfig, ...options });
  drivers.push(driver);
  return driver;
}

const call = () => ({ signal: AbortSignal.timeout(60_000) });
const wish = (given?: Partial<Workload>): Workload => ({
  ...sampleWorkload('owner-1', 'image:1'),
  tenant: 'tenant-a',
  ...given,
});
const ofOwner = async (driver: WorkloadDriver, owner = 'owner-1') =>
  (await driver.describe({ owner }, call())).workloads;

describe('the driver against an API server without controllers', () => {
  it('writes each object once, and nothing when the wish is the same', async () => {
    const driver = await driverFor();
    const one = wish({ secretEnv: { TOKEN: 'x' }, replicas: { fixed: 2 } });
    await driver.apply(one, call());
    const kinds = cluster.writes.map((line) => line.split('/').at(-2));
    expect(kinds.slice(0, 2)).toEqual(['namespaces', 'networkpolicies']);
    expect(kinds.slice(2, 5).sort()).toEqual(['networkpolicies', 'secrets', 'services']);
    expect(kinds.slice(5)).toEqual(['deployments', 'poddisruptionbudgets']);
    const before = [...cluster.writes];
    await driver.apply(one, call());
    await (await driverFor()).apply(one, call());
    expect(cluster.writes).toEqual(before);
  });

  it('writes only what changed', async () => {
    const driver = await driverFor();
    const one = wish();
    await driver.apply(one, call());
    const before = cluster.writes.length;
    await driver.apply({ ...one, generation: 2, replicas: { fixed: 2 } }, call());
    expect(cluster.writes.slice(before).map((line) => line.split('/').at(-2))).toEqual([
      'deployments',
      'poddisruptionbudgets',
    ]);
  });

  it('describes what it has written at once', async () => {
    const driver = await driverFor();
    const one = wish({ generation: 9 });
    await driver.apply(one, call());
    expect(await ofOwner(driver)).toEqual([
      expect.objectContaining({ deploymentId: one.deploymentId, generation: 9, wanted: 1, rollout: 'progressing' }),
    ]);
    expect(await ofOwner(driver, 'owner-2')).toEqual([]);
  });

  it("leaves alone a deployment of that id which is another owner's", async () => {
    const driver = await driverFor();
    const theirs = wish({ owner: 'owner-2' });
    await driver.apply(theirs, call());
    const before = cluster.writes.length;
    const mine = { ...theirs, owner: 'owner-1' };
    await expect(driver.apply(mine, call())).rejects.toMatchObject({ code: 'conflict', retryable: false });
    await driver.deleteWorkload(theirs.deploymentId, { ...call(), owner: 'owner-1' });
    expect(cluster.writes.length).toBe(before);
  });

  it('takes over nothing that is there already and is not ours', async () => {
    const driver = await driverFor();
    const one = wish();
    const path = `/api/v1/namespaces/${namespaceName(one.owner, one.tenant)}`;
    cluster.put(path, { metadata: {} });
    await expect(driver.apply(one, call())).rejects.toMatchObject({ code: 'already_exists' });
    expect(cluster.writes).toEqual([]);
  });

  it('never reads a Secret: one that is ours is finished, another’s is left alone, by its name only', async () => {
    const driver = await driverFor({ namespace: 'shared' });
    const one = wish({ secretEnv: { TOKEN: 'x' } });
    const path = `/api/v1/namespaces/shared/secrets/${secretName(objectName(one.deploymentId), one.templateHash)}`;
    cluster.put(path, { metadata: { labels: { 'moorage.owner': 'another' } }, data: { TOKEN: 'theirs' } });
    await expect(driver.apply(one, call())).rejects.toMatchObject({ code: 'already_exists' });
    await driver.deleteWorkload(one.deploymentId, { ...call(), owner: one.owner });
    expect(cluster.objects.get(path)).toMatchObject({ data: { TOKEN: 'theirs' } });

    const labels = { 'moorage.owner': one.owner, 'moorage.deployment': one.deploymentId };
    cluster.put(path, { metadata: { labels }, data: { TOKEN: 'half' } });
    await eventually('what is left of it can be taken up', () =>
      driver.apply(one, call()).then(
        () => true,
        () => false,
      ),
    );
    expect(cluster.objects.get(path)).toMatchObject({ data: { TOKEN: Buffer.from('x').toString('base64') } });
    await driver.deleteWorkload(one.deploymentId, { ...call(), owner: one.owner });
    await eventually('it is gone', () => !cluster.paths().some((other) => other.includes(one.deploymentId)));
    expect(cluster.reads.filter((read) => read.includes('/secrets'))).toEqual([]);
  });

  it('removes everything, the namespace last, and only when nothing else is in it', async () => {
    const driver = await driverFor();
    const [one, other] = [wish({ secretEnv: { TOKEN: 'x' } }), wish()];
    await driver.apply(one, call());
    await driver.apply(other, call());
    await driver.deleteWorkload(one.deploymentId, { ...call(), owner: one.owner });
    await eventually('the first is gone', async () => (await ofOwner(driver)).length === 1);
    expect(cluster.paths().filter((path) => path.includes(one.deploymentId))).toEqual([]);
    expect(cluster.paths()).toContain(`/api/v1/namespaces/${namespaceName(one.owner, one.tenant)}`);
    await driver.deleteWorkload(other.deploymentId, { ...call(), owner: one.owner });
    await eventually('nothing is left', () => cluster.paths().every((path) => path.endsWith('kube-system')));
    await eventually('the driver has heard of it', async () => (await ofOwner(driver)).length === 0);
    expect(cluster.writes.at(-1)).toBe(`DELETE /api/v1/namespaces/${namespaceName(one.owner, one.tenant)}`);
  });

  it('asks for the end of its walls once, however often it is asked meanwhile', async () => {
    const driver = await driverFor();
    const [one, other] = [wish(), wish()];
    await driver.apply(one, call());
    await driver.apply(other, call());
    const remove = () => driver.deleteWorkload(one.deploymentId, { ...call(), owner: one.owner });
    await Promise.all([remove(), remove(), remove(), remove()]);
    await eventually('it is gone', async () => (await ofOwner(driver)).length === 1);
    await remove();
    const asked = cluster.writes.filter((line) => /^DELETE .*networkpolicies/.test(line));
    expect(asked).toHaveLength(1);
  });

  it('tells of what is left of a deployment that lost its Deployment', async () => {
    const driver = await driverFor();
    const one = wish();
    await driver.apply(one, call());
    const path = cluster.paths().find((found) => found.includes('/deployments/')) ?? '';
    cluster.remove(path);
    await eventually('it has no version', async () => (await ofOwner(driver))[0]?.templateHash === '');
    await driver.apply(one, call());
    expect((await ofOwner(driver))[0]?.templateHash).toBe(one.templateHash);
  });

  it('hints at what somebody else has changed', async () => {
    const driver = await driverFor();
    const one = wish();
    await driver.apply(one, call());
    const hinted: string[] = [];
    const stop = driver.watch?.({ owner: one.owner }, (id) => void hinted.push(id));
    cluster.remove(cluster.paths().find((found) => found.includes('/services/')) ?? '');
    await eventually('a hint', () => hinted.includes(one.deploymentId));
    stop?.();
  });

  it('in a shared namespace makes none, and removes none', async () => {
    const driver = await driverFor({ namespace: 'shared' });
    const one = wish();
    await driver.apply(one, call());
    expect(cluster.writes.every((line) => line.includes('/namespaces/shared/'))).toBe(true);
    await driver.deleteWorkload(one.deploymentId, { ...call(), owner: one.owner });
    await eventually('nothing of it is left', () => cluster.paths().every((path) => path.endsWith('kube-system')));
  });

  it('refuses what it cannot give, and writes nothing', async () => {
    const driver = await driverFor();
    const { template } = wish();
    const refused = [
      { source: { kind: 'program', language: 'node', version: undefined, entrypoint: 'a' } },
      { resources: { ...template.resources, pids: 5 } },
      { isolated: true },
      { egress: 'none' },
      { volumes: [{ name: 'v', path: '/v' }] },
    ] as const;
    for (const change of refused) {
      const one = wish({ template: { ...template, ...change } });
      await expect(driver.apply(one, call())).rejects.toMatchObject({ code: 'unsupported', retryable: false });
    }
    expect(cluster.writes).toEqual([]);
  });
});

describe("the cluster's warnings", () => {
  const note = (namespace: string, name: string, involvedObject: object, message: string) =>
    cluster.put(`/api/v1/namespaces/${namespace}/events/${name}`, {
      metadata: { namespace },
      ...{ involvedObject: { namespace, ...involvedObject }, type: 'Warning', reason: 'FailedMount', message },
      lastTimestamp: new Date().toISOString(),
    });

  it('about our pods are causes, those before the driver came as well, and hints; those about others are not', async () => {
    const driver = await driverFor();
    const one = wish();
    await driver.apply(one, call());
    const namespace = namespaceName(one.owner, one.tenant);
    const deployment = cluster
      .paths()
      .find((path) => path.includes('/deployments/'))
      ?.split('/')
      .at(-1);
    const pod = `${deployment}-5c4d-abcde`;
    const labels = { 'moorage.owner': one.owner, 'moorage.deployment': one.deploymentId, 'moorage.kind': 'agent' };
    cluster.put(`/api/v1/namespaces/${namespace}/pods/${pod}`, { metadata: { labels }, status: { phase: 'Pending' } });
    const causes = async (which: WorkloadDriver) => (await ofOwner(which))[0]?.causes;
    await eventually('the pod is seen', async () => (await ofOwner(driver))[0]?.instances.length === 1);
    note(namespace, 'e-other', { kind: 'Pod', name: 'other-pod' }, 'not of ours');
    note('elsewhere', 'e-elsewhere', { kind: 'Pod', name: pod }, 'not here');
    expect(await causes(driver)).toEqual([]);
    const hinted: string[] = [];
    const stop = driver.watch?.({ owner: one.owner }, (id) => void hinted.push(id));
    note(namespace, 'e-ours', { kind: 'Pod', name: pod }, 'no such volume');
    const told = [expect.stringMatching(/cannot be mounted: no such volume/)];
    await eventually('it is told', async () => (await causes(driver))?.length === 1);
    expect(await causes(driver)).toEqual(told);
    expect(hinted).toContain(one.deploymentId);
    stop?.();
    const late = await driverFor();
    await eventually('a later driver tells it too', async () => (await causes(late))?.length === 1);
    expect(await causes(late)).toEqual(told);
  });
});

describe('a cluster that cannot be used', () => {
  it('is unavailable where nobody answers', async () => {
    const driver = await driverFor({}, 'http://127.0.0.1:1');
    await expect(driver.list({ owner: 'o' }, call())).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('is told in one line where the kubeconfig or its context is wrong', async () => {
    const missing = kubernetesDriver({ kubeconfig: join(folder, 'missing') });
    await expect(missing.list({ owner: 'o' }, call())).rejects.toMatchObject({ code: 'invalid_argument' });
    await missing.close();
    const wrong = await driverFor({ context: 'other' });
    await expect(wrong.list({ owner: 'o' }, call())).rejects.toThrow(/context "other": the kubeconfig has "c"/);
  });
});

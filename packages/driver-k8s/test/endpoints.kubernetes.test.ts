import { createHost } from '@moorage/core';
import type { ObservedWorkload } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseEndpoints, type EndpointKind } from '../src/index.js';
import type { ServiceObject } from '../src/kube-objects.js';
import { namespaceName, objectName } from '../src/labels.js';
import { get } from './kubernetes-harness.js';
import { type KubernetesRig, kubernetesRig, later } from './kubernetes-rig.js';
import { uniqueName } from './test-cluster.js';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await kubernetesRig();
});
afterAll(() => rig?.close());

const options = () => ({ kubeconfig: rig.cluster.kubeconfig, image: rig.image, imagePullPolicy: 'Never' as const });

const probeNamespaces = async () => {
  const found = await rig.cluster.list('Namespace', 'moorage.role=probe');
  return found.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name);
};

describe('chooseEndpoints, from outside of the cluster', () => {
  it('finds that pods are reached', async () => {
    const chosen = await chooseEndpoints(options());
    expect(chosen.endpoints).toBe('pod');
    expect(chosen.reason).toMatch(/^10\..*:8080 answers/);
  });

  it.each(['service', 'node-port'] as const)('agrees to %s, which answers as well', async (endpoints) => {
    expect((await chooseEndpoints({ ...options(), endpoints })).endpoints).toBe(endpoints);
  });

  it('refuses names of the cluster, which are not known here, and says what works', async () => {
    const refused = chooseEndpoints({ ...options(), endpoints: 'dns' });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(refused).rejects.toThrow(/"dns" from here.*not known here.*Choose "pod"/);
  });

  it('refuses a node address at which nothing answers', async () => {
    const refused = chooseEndpoints({ ...options(), endpoints: 'node-port', nodeAddress: '192.0.2.1' });
    await expect(refused).rejects.toThrow(/"node-port" from here: 192\.0\.2\.1:\d+ does not answer/);
  });

  it('in one namespace makes its probe there, and takes it away again', async () => {
    const name = uniqueName('moorage-shared');
    await rig.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    try {
      expect((await chooseEndpoints({ ...options(), namespace: name, endpoints: 'node-port' })).endpoints).toBe(
        'node-port',
      );
      const left = async () =>
        Promise.all((['Pod', 'Service', 'NetworkPolicy'] as const).map((kind) => rig.cluster.list(kind, '', name)));
      await eventually('nothing is left', async () => (await left()).flat().length === 0, later);
    } finally {
      await rig.cluster.remove('Namespace', undefined, name);
    }
  });

  it('says so where the image of the probe cannot be had', async () => {
    const refused = chooseEndpoints({ ...options(), image: 'registry.invalid/none:1' });
    await expect(refused).rejects.toThrow(/how agents are reached.*cannot be started.*Give another image/);
  });

  it('leaves no namespace of its own', async () => {
    const before = await probeNamespaces();
    await chooseEndpoints(options());
    expect((await probeNamespaces()).filter((name) => !before.includes(name))).toEqual([]);
  });
});

const answerAt = (found: ObservedWorkload | undefined) =>
  eventually(
    'the address answers',
    async () => {
      const { host = '', port = 0 } = found?.address ?? {};
      return (await get(host, port, '/health')).status === 200;
    },
    later,
  );

describe('a deployment that is reached by its Service', () => {
  it.each(['service', 'node-port'] as const)('has one address by %s, at which it answers', async (endpoints) => {
    const driver = rig.anotherDriver({ endpoints });
    const wish = rig.workload({ replicas: { fixed: 2 } });
    await driver.apply(wish, rig.call());
    const found = await eventually('it is complete', () => describedBy(driver, wish.deploymentId, 2), later);
    expect(found.instances.map(({ endpoint, health }) => [endpoint, health])).toEqual([
      [undefined, 'healthy'],
      [undefined, 'healthy'],
    ]);
    await answerAt(found);
    await rig.remove(wish);
  });

  it('gets a port of the nodes when its host is moved to where it needs one', async () => {
    const wish = rig.workload();
    await rig.serve(wish);
    const driver = rig.anotherDriver({ endpoints: 'node-port' });
    const { workloads } = await driver.describe({ owner: rig.owner }, rig.call());
    const before = workloads.find(({ deploymentId }) => deploymentId === wish.deploymentId);
    expect([before?.templateHash, before?.address]).toEqual(['', undefined]);
    await driver.apply(wish, rig.call());
    const found = await eventually('it has an address', () => describedBy(driver, wish.deploymentId, 1), later);
    const space = namespaceName(wish.owner, wish.tenant);
    const service = await rig.cluster.get<ServiceObject>('Service', space, objectName(wish.deploymentId));
    expect(found.address?.port).toBe(service?.spec?.ports?.[0]?.nodePort);
    await answerAt(found);
    expect(found.instances[0]?.name).toBeDefined();
    await rig.remove(wish);
  });

  it.each(['service', 'node-port'] as const)('is what a host without a gateway gives, by %s', async (endpoints) => {
    await using host = await createHost({ driver: rig.anotherDriver({ endpoints }), resyncMs: 1_000 });
    const runtime = { image: rig.image, command: ['node', '/agent/agent.mjs'], grace_ms: 1_000 };
    const manifest = { agent_id: 'agent.conformance', name: 'Conformance', version: '1.0.0', runtime };
    const deployment = await host.deploy(manifest, { tenant: uniqueName('tenant') });
    await deployment.ready({ timeoutMs: 100_000 });
    // Ready is the cluster's word; that every node knows the Service comes a moment later.
    const { hostname, port } = new URL(deployment.address);
    await eventually('it answers', async () => (await get(hostname, Number(port), '/health')).status === 200, later);
    // Nobody knows which instance would answer: the cluster's word counts, and there are no figures of single ones.
    const [instance] = (await deployment.view()).instances;
    expect(instance).toMatchObject({ health: 'healthy', load: undefined, responseTimeMs: undefined });
    await deployment.remove();
    await deployment.gone({ timeoutMs: 100_000 });
  });
});

async function describedBy(driver: KubernetesRig['driver'], id: string, count: number) {
  const { workloads } = await driver.describe({ owner: rig.owner }, rig.call());
  const found = workloads.find(({ deploymentId }) => deploymentId === id);
  return found?.address && found.ready === count && found.rollout === 'complete' ? found : undefined;
}

it('cannot have a port of the nodes and a Service without one', () => {
  const both = { endpoints: 'node-port' as EndpointKind, serviceType: 'ClusterIP' as const };
  expect(() => rig.anotherDriver(both)).toThrow(/serviceType "ClusterIP": leave serviceType out/);
});

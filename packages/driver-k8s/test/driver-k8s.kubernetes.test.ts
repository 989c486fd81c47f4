import type { ObservedInstance } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeploymentObject, PodObject } from '../src/kube-objects.js';
import { annotation, namespaceName, objectName } from '../src/labels.js';
import { get } from './kubernetes-harness.js';
import { isComplete, type KubernetesRig, kubernetesRig, later, linesOf } from './kubernetes-rig.js';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await kubernetesRig({ quota: (tenant) => (tenant === 'small' ? { instances: 1 } : undefined) });
});
afterAll(() => rig?.close());

const answerOf = (instance: ObservedInstance | undefined, path: string) =>
  get(instance?.endpoint?.host ?? '', instance?.endpoint?.port ?? 0, path);

const next = 'b'.repeat(64);
const broken = { env: [{ name: 'EXIT_CODE', value: '7' }] };

describe('a wish', () => {
  it('is written once: said again, nothing on the cluster changes', async () => {
    const wish = rig.workload({ replicas: { fixed: 2 }, secretEnv: { TOKEN: 'swordfish' } });
    await rig.serve(wish);
    const versions = async () => {
      const kinds = ['Deployment', 'Service', 'Secret', 'NetworkPolicy', 'PodDisruptionBudget'] as const;
      const space = namespaceName(wish.owner, wish.tenant);
      const found = await Promise.all(kinds.map((kind) => rig.cluster.list(kind, '', space)));
      return found.flat().map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`);
    };
    const before = await versions();
    await rig.driver.apply(wish, rig.call());
    const fresh = rig.anotherDriver();
    await fresh.apply(wish, rig.call());
    expect(await versions()).toEqual(before);
    expect(before.length).toBeGreaterThanOrEqual(6);
    await rig.remove(wish);
  });

  it('that needs less takes away what is no longer needed', async () => {
    const wish = rig.workload({ replicas: { min: 1, max: 3, targets: [{ metric: 'cpu', percent: 80 }] } });
    await rig.serve(wish);
    const space = namespaceName(wish.owner, wish.tenant);
    const name = objectName(wish.deploymentId);
    expect(await rig.cluster.get('HorizontalPodAutoscaler', space, name)).toBeDefined();
    await rig.serve({ ...wish, generation: 2, replicas: { fixed: 1 } });
    expect(await rig.cluster.get('HorizontalPodAutoscaler', space, name)).toBeUndefined();
    await eventually(
      'no budget',
      async () => (await rig.cluster.get('PodDisruptionBudget', space, name)) === undefined,
    );
    await rig.remove(wish);
  });

  it('puts back what somebody has scaled by hand', async () => {
    const wish = rig.workload();
    await rig.serve(wish);
    const space = namespaceName(wish.owner, wish.tenant);
    await rig.cluster.patch('Deployment', space, objectName(wish.deploymentId), { spec: { replicas: 2 } });
    await rig.until(wish, 'has two', ({ wanted }) => wanted === 2);
    await rig.serve(wish);
    const found = await rig.cluster.get<DeploymentObject>('Deployment', space, objectName(wish.deploymentId));
    expect(found?.spec?.replicas).toBe(1);
    await rig.remove(wish);
  });

  it("puts others' changes of what is ours back once, and leaves alone what they add", async () => {
    const wish = rig.workload();
    await rig.serve(wish);
    const space = namespaceName(wish.owner, wish.tenant);
    const name = objectName(wish.deploymentId);
    await rig.cluster.patch('Deployment', space, name, { metadata: { annotations: { theirs: 'kept' } } });
    expect((await rig.serve(wish)).causes).toEqual([]);
    const strategy = { rollingUpdate: { maxSurge: 2 } };
    await rig.cluster.patch('Deployment', space, name, { spec: { strategy } });
    const changed = await rig.until(wish, 'has no version', ({ templateHash }) => templateHash === '');
    expect(changed.causes.join()).toMatch(/"operator" has changed its Deployment/);
    await rig.serve(wish);
    const found = await rig.cluster.get<DeploymentObject>('Deployment', space, name);
    expect(found?.spec).toMatchObject({ strategy: { rollingUpdate: { maxSurge: 1 } } });
    expect(found?.metadata.annotations?.theirs).toBe('kept');
    await rig.cluster.patch('Deployment', space, name, { spec: { strategy } });
    await rig.until(wish, 'is told and left', ({ causes }) => /left as it is/.test(causes.join()));
    await rig.driver.apply(wish, rig.call());
    const left = await rig.cluster.get<DeploymentObject>('Deployment', space, name);
    expect(left?.spec).toMatchObject({ strategy: { rollingUpdate: { maxSurge: 2 } } });
    await rig.remove(wish);
  });

  it('puts back what others have changed of its walls and its range', async () => {
    const replicas = { min: 1, max: 2, targets: [{ metric: 'cpu', percent: 90 }] } as const;
    const wish = rig.workload({ replicas });
    await rig.serve(wish);
    const space = namespaceName(wish.owner, wish.tenant);
    const policies = await rig.cluster.list('NetworkPolicy', `moorage.owner=${rig.owner}`);
    const here = policies.filter(({ metadata }) => metadata.namespace === space);
    expect(here.length).toBeGreaterThan(1);
    const open = { spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] } };
    for (const { metadata } of here) await rig.cluster.patch('NetworkPolicy', space, metadata.name, open);
    const name = objectName(wish.deploymentId);
    await rig.cluster.patch('HorizontalPodAutoscaler', space, name, { spec: { maxReplicas: 9 } });
    const told = await rig.until(wish, 'tells of both', ({ causes }) => {
      const all = causes.join();
      return /changed its NetworkPolicy/.test(all) && /changed its HorizontalPodAutoscaler/.test(all);
    });
    expect(told.templateHash).toBe('');
    await rig.serve(wish);
    const specOf = async (kind: 'NetworkPolicy' | 'HorizontalPodAutoscaler', which: string) =>
      (await rig.cluster.get(kind, space, which))?.spec;
    expect(await specOf('HorizontalPodAutoscaler', name)).toMatchObject({ maxReplicas: 2 });
    for (const { metadata, spec } of here) expect(await specOf('NetworkPolicy', metadata.name)).toEqual(spec);
    await rig.remove(wish);
  });

  it('leaves nothing when it is taken back: not the namespace either', async () => {
    const owner = rig.anotherOwner();
    const wish = rig.workload({ owner, replicas: { fixed: 2 }, secretEnv: { TOKEN: 'x' } });
    await rig.serve(wish);
    await rig.remove(wish);
    await eventually('nothing is left', async () => (await rig.cluster.leftovers(owner)).length === 0, later);
  });
});

describe('a roll-out', () => {
  it('that fails is told as failed with its cause, and the old version serves on', async () => {
    const wish = rig.workload();
    const [old] = (await rig.serve(wish)).instances;
    const bad = { ...wish, generation: 2, templateHash: next, rolloutDeadlineMs: 3_000 };
    await rig.driver.apply({ ...bad, template: { ...wish.template, ...broken } }, rig.call());
    const failed = await rig.until(wish, 'has failed', ({ rollout }) => rollout === 'failed');
    expect(failed.causes.join('\n')).toMatch(/exit code 7/);
    expect(failed.causes.join('\n')).toMatch(/deadline of 3 s/);
    expect(await rig.ask(old, '/health')).toContain('ok');
    const back = await rig.serve({ ...wish, generation: 3 });
    expect(back.instances.map(({ name }) => name)).toEqual([old?.name]);
    await rig.remove(wish);
  });

  it('of an image that cannot be pulled says so', async () => {
    const wish = rig.workload({ template: { source: { kind: 'image', image: 'registry.invalid/none/such:1' } } });
    await rig.driver.apply(wish, rig.call());
    const found = await rig.until(wish, 'says why', ({ causes }) => causes.length > 0);
    expect(found.causes[0]).toMatch(/image "registry.invalid\/none\/such:1" cannot be pulled/);
    expect(found.ready).toBe(0);
    await rig.remove(wish);
  });

  it('that no node has room for names the resource', async () => {
    const none = { memoryBytes: undefined, diskBytes: undefined, pids: undefined };
    const wish = rig.workload({ template: { resources: { ...none, cpuMillis: 900_000 } } });
    await rig.driver.apply(wish, rig.call());
    const found = await rig.until(wish, 'says why', ({ causes }) => causes.length > 0);
    expect(found.causes[0]).toMatch(/Insufficient cpu/);
    await rig.remove(wish);
  });

  it("beyond the tenant's quota names the quota", async () => {
    const wish = rig.workload({ tenant: 'small', replicas: { fixed: 3 } });
    await rig.driver.apply(wish, rig.call());
    const found = await rig.until(wish, 'says why', ({ causes }) => causes.some((cause) => /quota/.test(cause)));
    expect(found.causes.join('\n')).toMatch(/moor-quota/);
    await rig.until(wish, 'has what it may have', ({ ready }) => ready === 2);
    await rig.remove(wish);
  });
});

describe('an instance', () => {
  it('deleted by hand is replaced', async () => {
    const wish = rig.workload();
    const [first] = (await rig.serve(wish)).instances;
    await rig.cluster.remove('Pod', namespaceName(wish.owner, wish.tenant), first?.name ?? '');
    const found = await rig.until(
      wish,
      'has another one',
      (now) => isComplete(now, wish) && now.instances[0]?.name !== first?.name,
    );
    expect(found.ended).toEqual([]);
    await rig.remove(wish);
  });

  it('that runs out of memory is told as such, with its last words, and is replaced', async () => {
    const none = { cpuMillis: undefined, diskBytes: undefined, pids: undefined };
    const wish = rig.workload({ template: { resources: { ...none, memoryBytes: 128 * 1024 ** 2 } } });
    const [first] = (await rig.serve(wish)).instances;
    await rig.ask(first, '/log?stream=stdout&text=famous');
    await answerOf(first, '/memory?mb=512').catch(() => {});
    const found = await rig.until(wish, 'tells the end', ({ ended }) => ended.length > 0);
    expect(found.ended[0]).toMatchObject({ name: first?.name, exit: { oom: true, code: 137 } });
    const lines = await linesOf(rig, first?.name ?? '');
    expect(lines.map(({ text }) => text)).toContain('famous');
    await rig.until(wish, 'serves again', ({ ready, instances }) => ready === 1 && instances[0]?.attempt === 2);
    await rig.remove(wish);
  });

  it('has no token of the cluster, and no rights in its pod', async () => {
    const wish = rig.workload();
    const [instance] = (await rig.serve(wish)).instances;
    const token = '/var/run/secrets/kubernetes.io/serviceaccount/token';
    expect(await answerOf(instance, `/read?path=${token}`)).toEqual({ status: 500, body: 'ENOENT' });
    expect(JSON.parse(await rig.ask(instance, '/id'))).toEqual({ uid: 65534, gid: 65534 });
    const pod = await rig.cluster.get<PodObject>('Pod', namespaceName(wish.owner, wish.tenant), instance?.name ?? '');
    expect(pod?.metadata.annotations?.[annotation.tenant]).toBe(wish.tenant);
    await rig.remove(wish);
  });
});

describe('whose things', () => {
  it('a namespace that was deleted under us is made anew when the wish is stated again', async () => {
    const wish = rig.workload({ tenant: 'tenant-doomed' });
    await rig.serve(wish);
    await rig.cluster.remove('Namespace', undefined, namespaceName(wish.owner, wish.tenant));
    await eventually('it is gone', async () => (await rig.describe(wish.deploymentId)) === undefined, later);
    await eventually(
      'the wish is taken again',
      async () => {
        await rig.driver.apply(wish, rig.call());
        return true;
      },
      later,
    );
    await rig.until(wish, 'is complete', (found) => isComplete(found, wish));
    await rig.remove(wish);
  });

  it('two owners with the same tenant and agent do not meet', async () => {
    const other = rig.anotherOwner();
    const [mine, theirs] = [rig.workload({ tenant: 't' }), rig.workload({ owner: other, tenant: 't' })];
    const before = await Promise.all([rig.serve(mine), rig.serve(theirs)]);
    await rig.remove(mine);
    expect(await rig.describe(theirs.deploymentId, other)).toEqual(before[1]);
    await rig.remove(theirs);
  });

  it('what is not ours is not taken over, even of the same name', async () => {
    const wish = rig.workload({ tenant: 'tenant-taken' });
    const name = namespaceName(wish.owner, wish.tenant);
    await rig.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    try {
      await expect(rig.driver.apply(wish, rig.call())).rejects.toMatchObject({ code: 'already_exists' });
      expect((await rig.cluster.get('Namespace', undefined, name))?.metadata.labels?.['moorage.owner']).toBeUndefined();
    } finally {
      await rig.cluster.remove('Namespace', undefined, name);
    }
  });

  it('half of a deployment is completed by stating the wish, or removed', async () => {
    const wish = rig.workload({ secretEnv: { TOKEN: 'x' } });
    await rig.serve(wish);
    const space = namespaceName(wish.owner, wish.tenant);
    await rig.cluster.remove('Deployment', space, objectName(wish.deploymentId));
    await rig.until(wish, 'has lost its version', ({ templateHash }) => templateHash === '');
    await rig.serve(wish);
    await rig.cluster.remove('Deployment', space, objectName(wish.deploymentId));
    await rig.until(wish, 'has lost its version again', ({ templateHash }) => templateHash === '');
    await rig.remove(wish);
    expect(await rig.cluster.list('Secret', `moorage.deployment=${wish.deploymentId}`)).toEqual([]);
  });
});

import { isMoorageError } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namespaceName } from '../src/labels.js';
import { clusterProxy } from './cluster-proxy.js';
import { isComplete, type KubernetesRig, kubernetesRig, later } from './kubernetes-rig.js';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await kubernetesRig();
});
afterAll(() => rig?.close());

const codeOf = (thrown: unknown) => (isMoorageError(thrown) ? thrown.code : String(thrown));

describe('connections', () => {
  it('that fall silent are given up, and nothing that happened meanwhile is lost', async () => {
    const proxy = await clusterProxy(rig.cluster.kubeconfig);
    const kubeconfig = await rig.cluster.kubeconfigFor(proxy.address);
    const driver = rig.anotherDriver({ kubeconfig, watchIdleMs: 2_000 });
    const wish = rig.workload();
    const [first] = (await rig.serve(wish)).instances;
    const look = async () => (await driver.list({ owner: rig.owner }, rig.call())).instances;
    await eventually('it is seen', async () => (await look()).some(({ name }) => name === first?.name), later);
    proxy.freeze();
    await rig.cluster.remove('Pod', namespaceName(wish.owner, wish.tenant), first?.name ?? '');
    await eventually(
      'the one that came instead is seen',
      async () => {
        const found = await look();
        return found.length === 1 && found[0]?.state === 'running' && found[0].name !== first?.name;
      },
      later,
    );
    await rig.remove(wish);
    await driver.close();
    await proxy.close();
  });

  it('serve every look: a thousand of them ask the API server nothing', async () => {
    const proxy = await clusterProxy(rig.cluster.kubeconfig);
    const driver = rig.anotherDriver({ kubeconfig: await rig.cluster.kubeconfigFor(proxy.address) });
    const wish = rig.workload();
    await rig.serve(wish);
    await driver.describe({ owner: rig.owner }, rig.call());
    const asked = () => proxy.requests.filter((line) => !/watch=true|namespaces\/kube-system/.test(line)).length;
    const before = asked();
    for (let time = 0; time < 500; time += 1) {
      await driver.describe({ owner: rig.owner }, rig.call());
      await driver.list({ owner: rig.owner }, rig.call());
    }
    expect(asked()).toBe(before);
    await rig.remove(wish);
    await driver.close();
    await proxy.close();
  });

  it('that break while a wish is stated leave nothing half done for good', async () => {
    const proxy = await clusterProxy(rig.cluster.kubeconfig);
    const driver = rig.anotherDriver({ kubeconfig: await rig.cluster.kubeconfigFor(proxy.address) });
    const wish = rig.workload({ secretEnv: { TOKEN: 'x' }, replicas: { fixed: 2 } });
    await driver.describe({ owner: rig.owner }, rig.call());
    const stating = driver.apply(wish, rig.call()).catch((thrown: unknown) => codeOf(thrown));
    await eventually(
      'the first object is written',
      () => proxy.requests.some((line) => line.startsWith('PATCH')),
      later,
    );
    proxy.cut();
    const outcome = await stating;
    if (outcome !== undefined) expect(outcome).toBe('unavailable');
    await eventually('the wish is taken', () => driver.apply(wish, rig.call()).then(() => true), later);
    await rig.until(wish, 'is complete', (found) => isComplete(found, wish));
    await rig.remove(wish);
    await driver.close();
    await proxy.close();
  });
});

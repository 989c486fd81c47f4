import type { UsageSample } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterProxy } from './cluster-proxy.js';
import { type KubernetesRig, kubernetesRig, later } from './kubernetes-rig.js';
import { limitedAccount } from './limited-account.js';
import { shippedRules } from './shipped-rules.js';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await kubernetesRig();
});
afterAll(() => rig?.close());

const nodeUsage = ['disk', 'network'] as const;

it('disk is what the kubelet tells, by one request for a node and all of its pods', async () => {
  const proxy = await clusterProxy(rig.cluster.kubeconfig);
  const driver = rig.anotherDriver({ kubeconfig: await rig.cluster.kubeconfigFor(proxy.address), nodeUsage });
  expect(driver.capabilities.usage).toEqual(['cpu', 'memory', 'disk', 'network']);
  const wish = rig.workload({ replicas: { fixed: 2 }, template: { readOnlyRoot: false } });
  const { instances } = await rig.serve(wish);
  await rig.ask(instances[0], `/write?path=/tmp/in-memory&bytes=5000000`);
  for (const one of instances) await rig.ask(one, '/log?stream=stdout&times=2000&text=0123456789');
  const names = instances.map(({ name }) => name);
  const measure = async () => (await driver.usage?.(names, rig.owned())) ?? [];
  const isTold = ({ diskBytes }: UsageSample) => Number(diskBytes) > 0;
  const samples = await eventually(
    'the disk of both is told',
    async () => {
      const found = await measure();
      return found.length === 2 && found.every(isTold) && found;
    },
    later,
  );
  expect(samples.map(({ instance }) => instance).sort()).toEqual([...names].sort());
  const asked = () => proxy.requests.filter((line) => line.includes('/proxy/stats/summary')).length;
  const before = asked();
  for (let time = 0; time < 20; time += 1) await measure();
  expect(asked() - before).toBeLessThanOrEqual(1);
  await rig.remove(wish);
  await driver.close();
  await proxy.close();
});

it('without the optional right to ask the kubelets, their figures are "unsupported"; with it they are told', async () => {
  const account = await limitedAccount(rig.cluster);
  const shipped = await shippedRules('cluster-role.yaml');
  await account.give(shipped);
  const driver = rig.anotherDriver({ kubeconfig: account.kubeconfig, nodeUsage });
  const wish = rig.workload();
  const [instance] = (await rig.serve(wish)).instances;
  const found = await eventually(
    'memory is told',
    async () => {
      const [sample] = (await driver.usage?.([instance?.name ?? ''], rig.owned())) ?? [];
      return typeof sample?.memoryBytes === 'number' && sample;
    },
    later,
  );
  expect(found).toMatchObject({ diskBytes: 'unsupported', networkInBytesPerSecond: 'unsupported' });
  await account.give([...shipped, ...(await shippedRules('optional-node-usage.yaml'))]);
  const allowed = rig.anotherDriver({ kubeconfig: account.kubeconfig, nodeUsage });
  await eventually(
    'disk is told',
    async () => {
      const [sample] = (await allowed.usage?.([instance?.name ?? ''], rig.owned())) ?? [];
      return typeof sample?.diskBytes === 'number';
    },
    later,
  );
  await rig.remove(wish);
  await driver.close();
  await allowed.close();
  await account.close();
});

import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubernetesRig, kubernetesRig } from './kubernetes-rig.js';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await kubernetesRig({ scaleDownWindowMs: 0 });
});
afterAll(() => rig?.close());

/** Metrics are sampled and looked at every now and then only. */
const slowly = { deadlineMs: 150_000 };

describe('a range of instances', () => {
  it('follows the load: up while there is some, down when it is over', async () => {
    const limits = { cpuMillis: 100, memoryBytes: undefined, diskBytes: undefined, pids: undefined };
    const replicas = { min: 1, max: 2, targets: [{ metric: 'cpu', percent: 50 }] } as const;
    const wish = rig.workload({ replicas, template: { resources: limits } });
    const [first] = (await rig.serve(wish)).instances;
    const wanted = async () => (await rig.describe(wish.deploymentId))?.wanted;
    await eventually(
      'there are more',
      async () => {
        await rig.ask(first, '/cpu?ms=500');
        return (await wanted()) === 2;
      },
      slowly,
    );
    // Stating the wish again does not take away what the cluster has added.
    await rig.driver.apply({ ...wish, generation: 2 }, rig.call());
    expect(await wanted()).toBe(2);
    await eventually('there is one again', async () => (await wanted()) === 1, slowly);
    await rig.remove(wish);
  });
});

import { createHost, type Host } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubernetesRig, kubernetesRig } from './kubernetes-rig.js';

let rig: KubernetesRig;
let host: Host;
beforeAll(async () => {
  rig = await kubernetesRig();
  host = await createHost({ driver: rig.anotherDriver(), resyncMs: 1_000 });
});
afterAll(async () => {
  await host?.close();
  await rig?.close();
});

/** Metrics are sampled and looked at every now and then only. */
const slowly = { deadlineMs: 150_000 };

const manifest = () => ({
  agent_id: 'agent.busy',
  name: 'Busy',
  version: '1.0.0',
  runtime: {
    image: rig.image,
    command: ['node', '/agent/agent.mjs'],
    grace_ms: 1_000,
    probes: { interval_ms: 1_000, timeout_ms: 900 },
    resources: { cpu: '100m' },
    scaling: { min: 1, max: 2, targets: [{ metric: 'cpu', value: 50 }], down_window_ms: 0 },
  },
});

describe('a range of instances', () => {
  it('follows the load: up while there is some, down when it is over, each change told', async () => {
    const deployment = await host.deploy(manifest(), { tenant: 'customer-1' });
    await deployment.ready({ timeoutMs: 100_000 });
    await expect(deployment.scale(2)).rejects.toMatchObject({
      code: 'conflict',
      context: { field: 'runtime.scaling' },
    });
    const wanted = async () => (await deployment.view()).record.status.wantedInstances;
    await eventually(
      'there are more',
      async () => {
        await fetch(`${deployment.address}/cpu?ms=500`).then((answer) => answer.text());
        return (await wanted()) === 2;
      },
      slowly,
    );
    // Another version, stated meanwhile, does not take away what the cluster has added.
    await deployment.update({ ...manifest(), version: '1.0.1' });
    await eventually('there is one again', async () => (await wanted()) === 1, slowly);
    await deployment.ready({ timeoutMs: 100_000 });
    const events = await deployment.scalingEvents();
    expect(events.map(({ fromInstances, toInstances }) => `${fromInstances} to ${toInstances}`)).toEqual([
      '2 to 1',
      '1 to 2',
    ]);
    await deployment.remove();
    await deployment.gone({ timeoutMs: 100_000 });
    const [left] = await rig.cluster.list('HorizontalPodAutoscaler', `moorage.deployment=${deployment.id}`);
    expect(left).toBeUndefined();
  });
});

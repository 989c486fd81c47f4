import { scheduler } from 'node:timers/promises';
import type { DeploymentHandle } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { httpStatusOf } from '../src/classify-error.js';
import { pathOf } from '../src/kinds.js';
import type { DeploymentObject } from '../src/kube-objects.js';
import { namespaceName, objectName } from '../src/labels.js';
import { type ClusterProxy, clusterProxy } from './cluster-proxy.js';
import { type FaultHost, faultHost, longTest, patience, readyIn } from './fault-host.js';
import { type TestCluster, testCluster } from './test-cluster.js';

let cluster: TestCluster;
let proxy: ClusterProxy;
let fault: FaultHost;
beforeAll(async () => {
  cluster = await testCluster();
  proxy = await clusterProxy(cluster.kubeconfig);
  const kubeconfig = await cluster.kubeconfigFor(proxy.address);
  fault = await faultHost(() => ({ kubeconfig }));
});
afterAll(async () => {
  await fault?.close();
  await cluster?.close();
  await proxy?.close();
});

it(
  'writes that are refused because somebody else was quicker are made again, and nothing is told as failed',
  longTest,
  async () => {
    proxy.conflict(3);
    const handle = await fault.deploy('refused', { replicas: 2 });
    await handle.ready(readyIn);
    proxy.conflict(2);
    await fault.update(handle, '2');
    await handle.ready(readyIn);
    await eventually('the new version serves', async () => (await fault.versionAt(handle)) === '2', patience);
    expect(await fault.told(handle)).not.toContain('deployment-failed');
    await fault.atRest([[handle, 2]]);
    proxy.conflict(4);
    await handle.remove();
    await handle.gone(readyIn);
  },
);

it(
  'somebody who writes the same objects all the time, other fields and ours, does not keep a wish from coming true',
  longTest,
  async () => {
    const handle = await fault.deploy('busy');
    await handle.ready(readyIn);
    const others = restless(fault, handle);
    try {
      await fault.update(handle, '2');
      await handle.ready(readyIn);
      await handle.scale(2);
      await handle.ready(readyIn);
    } finally {
      expect(await others.stop()).toBeGreaterThan(10);
    }
    await eventually('the new version serves', async () => (await fault.versionAt(handle)) === '2', patience);
    const found = await fault.rig.cluster.get<DeploymentObject>('Deployment', spaceOf(fault), objectName(handle.id));
    expect(found?.metadata.annotations?.theirs).toBeDefined();
    expect(found?.spec?.replicas).toBe(2);
    expect(await fault.told(handle)).not.toContain('deployment-failed');
    await fault.atRest([[handle, 2]]);
    await handle.remove();
    await handle.gone(readyIn);
  },
);

const spaceOf = ({ host, tenant }: FaultHost) => namespaceName(host.owner, tenant);

/** Two others: one notes something of its own, one sets a field of ours, both as fast as they can. */
function restless({ rig, host, tenant }: FaultHost, handle: DeploymentHandle) {
  const path = pathOf('Deployment', namespaceName(host.owner, tenant), objectName(handle.id));
  let writes = 0;
  let stopped = false;
  const line = async (change: (count: number) => object) => {
    while (!stopped) {
      await scheduler.wait(20);
      const request = { method: 'PATCH', path, body: change(writes), query: { fieldManager: 'restless' } } as const;
      const contentType = 'application/merge-patch+json';
      try {
        await rig.cluster.client.json({ ...request, contentType, signal: AbortSignal.timeout(60_000) });
        writes += 1;
      } catch (error) {
        if (httpStatusOf(error) !== 409) throw error;
      }
    }
  };
  const lines = [
    line((count) => ({ metadata: { annotations: { theirs: String(count) } } })),
    line((count) => ({ spec: { progressDeadlineSeconds: 200 + (count % 50) } })),
  ];
  return {
    async stop() {
      stopped = true;
      await Promise.all(lines);
      return writes;
    },
  };
}

import { request as send } from 'node:http';
import type { Driver, WorkloadDriver } from '@moorage/core/driver';
import { conformanceAgentSource, type DriverHarness, eventually } from '@moorage/core/testing';
import { type KubernetesDriverOptions, kubernetesDriver } from '../src/index.js';
import { clusterProxy } from './cluster-proxy.js';
import { loadNodeImage } from './node-image.js';
import { shippedRole } from './shipped-role.js';
import { staticVolumes } from './static-volumes.js';
import { testCluster } from './test-cluster.js';

/**
 * The test cluster as the conformance suite wants it, with the rights of the shipped role and those that its options
 * ask for. Whatever an owner of the suite left is removed at the end.
 */
export async function kubernetesHarness(options: KubernetesDriverOptions = {}): Promise<DriverHarness> {
  const cluster = await testCluster();
  const image = await loadNodeImage('moorage.test/conformance', { '/agent/agent.mjs': conformanceAgentSource });
  const made = await staticVolumes(cluster, 8);
  const volumes = { storageClassName: made.storageClassName };
  const account = await shippedRole(cluster, 'optional-volumes.yaml', 'optional-node-usage.yaml');
  const owners = new Set<string>();
  const make = (more: KubernetesDriverOptions = {}): WorkloadDriver =>
    remembering(kubernetesDriver({ kubeconfig: account.kubeconfig, volumes, ...options, ...more }), owners);
  // A role is in force a moment after it was given.
  await eventually('the role is in force', () => listsAll(make()), { deadlineMs: 60_000 });
  return {
    realProcesses: true,
    tellsStreams: false,
    makeDriver: async (): Promise<Driver> => make(),
    sourceOf: async () => ({ source: { kind: 'image', image }, command: ['node', '/agent/agent.mjs'] }),
    request: (endpoint, path) => get(endpoint.host, endpoint.port, path),
    leftovers: (owner) => cluster.leftovers(owner),
    async unreachable() {
      const driver = make({ kubeconfig: await cluster.kubeconfigFor('http://127.0.0.1:1') });
      return { driver, restore: async () => {} };
    },
    async exchanged() {
      const proxy = await clusterProxy(cluster.kubeconfig);
      const driver = make({ kubeconfig: await cluster.kubeconfigFor(proxy.address) });
      await driver.list({ owner: 'conformance-exchanged' }, { signal: AbortSignal.timeout(60_000) });
      proxy.pretend('another-uid');
      // A cluster is not exchanged behind connections that stand: that they broke has to arrive first.
      proxy.cut();
      await eventually('the driver notices', () =>
        driver.list({ owner: 'conformance-exchanged' }, { signal: AbortSignal.timeout(60_000) }).then(
          () => false,
          () => true,
        ),
      );
      return { driver, restore: () => proxy.close() };
    },
    async close() {
      for (const owner of owners) await cluster.sweep(owner);
      await account.close();
      await made.close();
      await cluster.close();
    },
  };
}

async function listsAll(driver: WorkloadDriver): Promise<boolean> {
  try {
    await driver.list({ owner: 'conformance-role' }, { signal: AbortSignal.timeout(60_000) });
    return true;
  } catch {
    return false;
  } finally {
    await driver.close();
  }
}

/** Without a pool: an address may be another instance's a moment later. */
export function get(
  host: string,
  port: number,
  path: string,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sent = send({ host, port, path, agent: false, timeout: 15_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error(`http://${host}:${port}${path} does not answer`)));
    sent.on('error', reject);
    sent.end();
  });
}

/** Notes every owner for whom something is made, for the end. */
function remembering(driver: WorkloadDriver, owners: Set<string>): WorkloadDriver {
  return {
    ...driver,
    apply: (workload, call) => {
      owners.add(workload.owner);
      return driver.apply(workload, call);
    },
  };
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { AgentSource } from '../../examples/agents/src/manifests.js';
import { loadNodeImage } from '../../packages/driver-k8s/test/node-image.js';
import { type TestCluster, testCluster } from '../../packages/driver-k8s/test/test-cluster.js';

/** The cluster that is measured on, as its administrator sees it. */
export interface BenchCluster extends TestCluster {
  /** Takes away all that carries one of the owners' labels, and waits until nothing of it is left. */
  clear(owners: readonly string[]): Promise<void>;
}

const patienceMs = 120_000;

/** Throws, in one line, where there is no cluster. */
export async function benchCluster(): Promise<BenchCluster> {
  const cluster = await testCluster();
  try {
    const signal = AbortSignal.timeout(10_000);
    await cluster.client.json({ method: 'GET', path: '/version', signal });
  } catch (cause) {
    await cluster.close();
    throw new Error(`This benchmark needs a Kubernetes cluster, and none answers at ${cluster.client.address}`, {
      cause,
    });
  }
  return {
    ...cluster,
    async clear(owners) {
      for (const owner of owners) await clearOwner(cluster, owner);
    },
  };
}

/** Namespaces first: the cluster empties them by itself, many objects at once. */
async function clearOwner(cluster: TestCluster, owner: string): Promise<void> {
  const spaces = await cluster.list('Namespace', `moorage.owner=${owner}`);
  await Promise.all(spaces.map(({ metadata }) => cluster.remove('Namespace', undefined, metadata.name)));
  if (spaces.length === 0) await cluster.sweep(owner);
  const until = Date.now() + patienceMs;
  for (;;) {
    const left = await cluster.leftovers(owner);
    if (left.length === 0) return;
    if (Date.now() > until) {
      process.stderr.write(`warn: ${left.length} objects of ${owner} were left over, such as ${left[0]}\n`);
      return;
    }
    await wait(500);
  }
}

/** The calculator in an image of the Node that runs here, handed to the cluster by `MOORAGE_TEST_LOAD`. */
export async function calculatorOnCluster(): Promise<AgentSource> {
  const code = await readFile(join(process.cwd(), 'examples/agents/dist/calculator.mjs'), 'utf8');
  const image = await loadNodeImage('moorage.test/bench-calculator', { '/agent/calculator.mjs': code });
  return { image, command: ['node', '/agent/calculator.mjs'] };
}

import type { DeploymentHandle, Host } from '@moorage/core';
import { calculatorManifest } from '../examples/agents/src/manifests.js';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { apiRequests } from './support/api-requests.js';
import { benchCluster, calculatorOnCluster } from './support/kubernetes-cluster.js';
import { kubernetesFloor } from './support/kubernetes-floor.js';
import { openKubernetesHost } from './support/kubernetes-host.js';
import { describeTimes, percentile } from './support/percentile.js';
import { inTurns, type Pair } from './support/turns.js';

/**
 * Deploy to ready on Kubernetes through a whole host, against the same objects by hand on the cluster's API, in turns.
 * One deployment stays all the while, so that the tenant's namespace is there for both.
 */
const pairs = amount('pairs', 36);
const bar = 1.1;
const tenant = 'bench';

async function main(): Promise<void> {
  const cluster = await benchCluster();
  const manifest = calculatorManifest(await calculatorOnCluster());
  const { host, close } = await openKubernetesHost(cluster);
  try {
    const anchor = await host.deploy(manifest, { tenant, name: 'anchor' });
    await anchor.ready();
    const floor = kubernetesFloor(cluster, (await anchor.view()).record, host.owner);
    let deployed: DeploymentHandle | undefined;
    let count = 0;
    const found = await inTurns(pairs, {
      byHand: () => floor.deploy(),
      async byHost() {
        count += 1;
        const started = performance.now();
        deployed = await host.deploy(manifest, { tenant, name: `copy-${count}` });
        await deployed.ready();
        return performance.now() - started;
      },
      async clear() {
        await Promise.all([deployed?.remove(), floor.clear()]);
        return { gone: Promise.resolve(deployed?.gone()) };
      },
    });
    report(found);
    await countWrites(host, manifest, cluster.client.address);
  } finally {
    await close();
    await cluster.close();
  }
}

function report(found: readonly Pair[]): void {
  const byHand = found.map((pair) => pair.byHand);
  const byHost = found.map((pair) => pair.byHost);
  process.stdout.write(`by hand ${describeTimes(byHand)}; host ${describeTimes(byHost)}; ${found.length} pairs\n`);
  const ratio = percentile(byHost, 0.5) / percentile(byHand, 0.5);
  figure({
    what: 'deploy to ready on Kubernetes, p50',
    measured: `${ratio.toFixed(3)} × by hand (${percentile(byHost, 0.5).toFixed(0)} ms)`,
    bar: `at most ${bar.toFixed(2)} × by hand`,
    met: ratio <= bar,
  });
}

/** One server-side apply for each object of a new deployment, and none where nothing has changed. */
async function countWrites(host: Host, manifest: object, server: string): Promise<void> {
  const requests = apiRequests(server);
  const objects = ['networkpolicies', 'services', 'deployments'];
  try {
    const deployment = await host.deploy(manifest, { tenant, name: 'counted' });
    await deployment.ready();
    const first = requests.take().filter(isWrite);
    await host.deploy(manifest, { tenant, name: 'counted' });
    // Long enough for the host to look at everything anew.
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    const again = requests.take().filter(isWrite);
    process.stdout.write(`${[...first, ...again].join('\n')}\n`);
    const once = objects.every((plural) => first.filter((one) => one.includes(`/${plural}/`)).length === 1);
    figure({
      what: 'deploy on Kubernetes, writes to the API for 3 objects',
      measured: String(first.length),
      bar: '3',
      met: once && first.length === objects.length,
    });
    figure({
      what: 'deploy on Kubernetes, writes where nothing has changed',
      measured: String(again.length),
      bar: '0',
      met: again.length === 0,
    });
  } finally {
    requests.stop();
  }
}

const isWrite = (request: string) => !request.startsWith('GET ');

await main();

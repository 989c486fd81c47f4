import type { DeploymentHandle, Host } from '@moorage/core';
import { conformanceAgentSource } from '@moorage/core/testing';
import type { PodObject } from '../packages/driver-k8s/src/kube-objects.js';
import { loadNodeImage } from '../packages/driver-k8s/test/node-image.js';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { type BenchCluster, benchCluster } from './support/kubernetes-cluster.js';
import { openKubernetesHost } from './support/kubernetes-host.js';
import { describeTimes } from './support/percentile.js';
import { watchObjects } from './support/watch-objects.js';

/**
 * A pod is deleted, or its program ends: how much later than a watch of our own on the API server the host tells of it
 * by an event. The two are streams of their own, so the host may be the first.
 */
const kills = amount('rounds', 20);
const barMs = 300;
const tenant = 'bench';

/** Ends the deployment's one instance in some way; `lost` says which state of the pod tells of it. */
interface Way {
  readonly name: string;
  end(victim: PodObject): Promise<unknown>;
  lost(change: { readonly type: string; readonly object: PodObject }): boolean;
}

async function main(): Promise<void> {
  const cluster = await benchCluster();
  const image = await loadNodeImage('moorage.test/conformance', { '/agent/agent.mjs': conformanceAgentSource });
  const { host, close } = await openKubernetesHost(cluster);
  try {
    const deployment = await host.deploy(manifestOf(image), { tenant });
    const found = new Map<string, number[]>();
    for (let kill = 0; kill < kills; kill += 1) {
      // A program that ended is followed by a pod that is deleted: the next one begins without a back-off.
      for (const way of [programEnds, podDeleted(cluster)]) {
        const ms = await killOne(cluster, host, deployment, way);
        found.set(way.name, [...(found.get(way.name) ?? []), ms]);
      }
    }
    for (const [name, times] of found) report(name, times);
  } finally {
    await close();
    await cluster.close();
  }
}

const manifestOf = (image: string) => ({
  agent_id: 'agent.bench.victim',
  name: 'Victim',
  version: '1.0.0',
  runtime: { image, command: ['node', '/agent/agent.mjs'] },
});

const podDeleted = (cluster: BenchCluster): Way => ({
  name: 'a deleted pod',
  end: ({ metadata }) =>
    cluster.client.json({
      method: 'DELETE',
      path: `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`,
      query: { gracePeriodSeconds: 0 },
      signal: AbortSignal.timeout(60_000),
    }),
  lost: ({ type, object }) => type === 'DELETED' || object.metadata.deletionTimestamp !== undefined,
});

const programEnds: Way = {
  name: 'a program that ended',
  end: ({ status }) => fetch(`http://${status?.podIP}:8080/exit?code=3`).catch(() => undefined),
  lost: ({ object }) => object.status?.containerStatuses?.some(({ ready }) => !ready) ?? false,
};

/** Milliseconds between the API server's word and the host's; below 0 where the host was the first. */
async function killOne(cluster: BenchCluster, host: Host, deployment: DeploymentHandle, way: Way): Promise<number> {
  await deployment.ready({ timeoutMs: 120_000 });
  const victim = await podOf(cluster, deployment);
  const done = new AbortController();
  const told = new Promise<number>((resolve) => {
    const off = host.on('*', ({ deploymentId }) => {
      if (deploymentId !== deployment.id) return;
      off();
      resolve(performance.now());
    });
  });
  const seen = seenLost(cluster, victim, way, done.signal);
  await way.end(victim);
  try {
    const [seenAt, toldAt] = await Promise.all([seen, told]);
    return toldAt - seenAt;
  } finally {
    done.abort();
  }
}

async function podOf(cluster: BenchCluster, deployment: DeploymentHandle): Promise<PodObject> {
  const pods = await cluster.list<PodObject>('Pod', `moorage.deployment=${deployment.id}`);
  const alive = pods.find(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.containerStatuses?.every(({ ready }) => ready),
  );
  if (!alive) throw new Error('A ready deployment has no ready pod');
  return alive;
}

async function seenLost(
  { client }: BenchCluster,
  { metadata }: PodObject,
  way: Way,
  signal: AbortSignal,
): Promise<number> {
  const { name, namespace = '', resourceVersion } = metadata;
  const watch = { kind: 'Pod', namespace, fieldSelector: `metadata.name=${name}`, resourceVersion } as const;
  for await (const change of watchObjects<PodObject>(client, watch, signal)) {
    if (way.lost(change)) return performance.now();
  }
  throw new Error('The watch ended before the pod was lost');
}

function report(name: string, times: readonly number[]): void {
  const worst = Math.max(...times);
  process.stdout.write(`${name}: ${describeTimes(times)}, all ${times.map((ms) => ms.toFixed(0)).join(' ')}\n`);
  figure({
    what: `${name} is known to the host, slowest of ${times.length}`,
    measured: `${worst.toFixed(0)} ms after the API server reports it`,
    bar: `at most ${barMs} ms`,
    met: worst <= barMs,
  });
}

await main();

import { createHost, type Host, memoryStore, type Store, systemClock, systemRandom } from '@moorage/core';
import { kubernetesDriver } from '@moorage/driver-k8s';
import { calculatorManifest } from '../examples/agents/src/manifests.js';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { apiRequests } from './support/api-requests.js';
import { type BenchCluster, benchCluster, calculatorOnCluster } from './support/kubernetes-cluster.js';
import { ownRecords } from './support/own-records.js';
import { settledHeap } from './support/settled-heap.js';
import { warnings } from './support/warnings.js';

/** 300 deployments, 20 of them running: a host that starts with them, what it asks of the API server, what it keeps. */
const deployments = amount('deployments', 300);
const running = Math.min(20, deployments);
const tenants = 10;
const seconds = amount('seconds', 60);
const seedTimeoutMs = 120_000;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const newStore = () => memoryStore({ clock: systemClock, random: systemRandom });

async function main(): Promise<void> {
  const cluster = await benchCluster();
  const manifest = calculatorManifest(await calculatorOnCluster());
  const store = newStore();
  const owner = await store.owner();
  try {
    await seed(cluster, store, manifest);
    // Nothing of a call is kept any longer than its time limit.
    await wait(seedTimeoutMs);
    const none = await heapWithNone(cluster);
    const firstListMs = await measure(cluster, store, none);
    figure({
      what: `${deployments} deployments on Kubernetes, first list of a host that starts`,
      measured: `${firstListMs.toFixed(0)} ms`,
      bar: 'at most 2000 ms',
      met: firstListMs <= 2_000,
    });
  } finally {
    await cluster.clear([owner]);
    await cluster.close();
  }
}

async function openHost(cluster: BenchCluster, store: Store): Promise<Host> {
  return createHost({
    driver: kubernetesDriver({ kubeconfig: cluster.kubeconfig, policies: 'enforced' }),
    store: keptOpen(store),
    logger: warnings,
  });
}

/** The next host takes it up. */
function keptOpen(store: Store): Store {
  return { ...ownRecords(store), close: async () => {} };
}

/** All wishes are stated before the cluster is looked at: what is parked never gets a pod. */
async function seed(cluster: BenchCluster, store: Store, manifest: object): Promise<void> {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const driver = kubernetesDriver({ kubeconfig: cluster.kubeconfig, policies: 'enforced' });
  const host = await createHost({
    driver: {
      ...driver,
      async describe(scope, call) {
        await gate;
        return driver.describe(scope, call);
      },
    },
    callTimeoutMs: seedTimeoutMs,
    concurrency: 24,
    store: keptOpen(store),
    logger: warnings,
  });
  for (let index = 0; index < deployments; index += 1) {
    const options = { tenant: `tenant-${index % tenants}`, name: `calculator-${index}` };
    const deployment = await host.deploy(structuredClone(manifest), options);
    if (index >= running) await deployment.park();
  }
  const started = performance.now();
  open();
  await settled(host);
  const tookMs = performance.now() - started;
  process.stdout.write(`${deployments} deployments, ${running} running: made in ${(tookMs / 1_000).toFixed(1)} s\n`);
  await host.close();
}

async function settled(host: Host): Promise<void> {
  for (;;) {
    const metrics = host.metrics();
    const ready = metrics['deployments{phase="ready"}'] ?? 0;
    const parked = metrics['deployments{phase="parked"}'] ?? 0;
    const busy = (metrics.work_queue_size ?? 0) + (metrics.engine_calls_in_flight ?? 0);
    if (ready === running && parked === deployments - running && busy === 0) return;
    await wait(200);
  }
}

async function heapWithNone(cluster: BenchCluster): Promise<number> {
  const host = await openHost(cluster, newStore());
  await host.check();
  await wait(3_000);
  const heap = await settledHeap();
  await host.close();
  return heap;
}

/** Returns how long the first list took; prints the other figures. */
async function measure(cluster: BenchCluster, store: Store, heapOfNone: number): Promise<number> {
  const started = performance.now();
  const before = process.cpuUsage();
  const host = await openHost(cluster, store);
  await demandAll(host);
  const firstListMs = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(
    `the first list took ${((user + system) / 1_000).toFixed(0)} ms processor time in this process\n`,
  );
  const requests = apiRequests(cluster.client.address);
  try {
    await settled(host);
    await wait(3_000);
    requests.take();
    await wait(seconds * 1_000);
    reportRequests(requests.take());
    const each = ((await settledHeap()) - heapOfNone) / deployments;
    figure({
      what: `${deployments} deployments on Kubernetes, heap of the host each`,
      measured: `${(each / 1024).toFixed(2)} KB`,
      bar: 'at most 10 KB',
      met: each <= 10 * 1024,
    });
  } finally {
    requests.stop();
    await host.close();
  }
  return firstListMs;
}

/** In a function of its own: what was listed must not count as what the host keeps. */
async function demandAll(host: Host): Promise<void> {
  const { items } = await host.list({}, { limit: 1_000 });
  const instances = items.flatMap((item) => item.instances).length;
  if (items.length === deployments && instances === running) return;
  throw new Error(`The first list told of ${items.length} deployments and ${instances} instances`);
}

function reportRequests(seen: readonly string[]): void {
  const kinds = new Map<string, number>();
  for (const one of seen) {
    const [path = ''] = one.split('?');
    kinds.set(path, (kinds.get(path) ?? 0) + 1);
  }
  for (const [path, count] of kinds) process.stdout.write(`${count} × ${path}\n`);
  const rate = seen.length / seconds;
  figure({
    what: `${deployments} deployments on Kubernetes, API requests a second in steady state`,
    measured: `${rate.toFixed(2)} in ${seconds} s`,
    bar: 'at most 1',
    met: rate <= 1,
  });
}

await main();

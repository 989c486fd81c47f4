import type { ObservedInstance, SandboxJob, WorkloadDriver } from '@moorage/core';
import { pathOf } from '../../packages/driver-k8s/src/kinds.js';
import type { JobObject, KubeObject, PodObject } from '../../packages/driver-k8s/src/kube-objects.js';
import { namespaceName } from '../../packages/driver-k8s/src/labels.js';
import { toRun } from '../../packages/driver-k8s/src/to-job.js';
import { options } from '../../packages/driver-k8s/test/full-wish.js';
import { sampleWorkload } from '../../packages/driver-k8s/test/sample-workload.js';
import { uniqueName } from '../../packages/driver-k8s/test/test-cluster.js';
import type { BenchCluster } from './kubernetes-cluster.js';
import { watchObjects } from './watch-objects.js';

/** Where runs are made: an owner with a namespace that stays all the while. */
export interface RunHome {
  readonly owner: string;
  readonly tenant: string;
  readonly image: string;
  call(): { readonly owner: string; readonly signal: AbortSignal };
}

/** Makes the namespace with a deployment in it that runs nothing. */
export async function runHome(cluster: BenchCluster, driver: WorkloadDriver, image: string): Promise<RunHome> {
  const owner = uniqueName('bench-run');
  const call = () => ({ owner, signal: AbortSignal.timeout(120_000) });
  const anchor = sampleWorkload(owner, image, { replicas: { fixed: 0 } });
  try {
    await driver.apply(anchor, call());
  } catch (error) {
    await cluster.clear([owner]);
    throw error;
  }
  return { owner, tenant: anchor.tenant, image, call };
}

/** A program that ends at once. */
export function benchJob({ owner, tenant, image }: RunHome, id: string): SandboxJob {
  const { template } = sampleWorkload(owner, image);
  const { env: _, ...rest } = template;
  return {
    deadline: Date.now() + 300_000,
    spec: {
      ...rest,
      ...{ kind: 'run', name: `run-${id}`, owner, tenant, deploymentId: `run-${id}`, ordinal: 0, attempt: 1 },
      ...{ templateHash: 'b'.repeat(64), restartEpoch: 0, env: {}, secretEnv: {} },
      command: ['node', '-e', ''],
    },
  };
}

/** From `startRun` to the outcome in the driver's list, looked at when the driver hints; milliseconds. */
export async function runByDriver(driver: WorkloadDriver, home: RunHome, job: SandboxJob): Promise<number> {
  const { owner, name } = job.spec;
  let hinted = () => {};
  const unsubscribe = driver.watch?.({ owner }, () => hinted());
  try {
    const started = performance.now();
    await driver.startRun?.(job, home.call());
    for (;;) {
      const hint = new Promise<void>((resolve) => {
        hinted = resolve;
      });
      const { instances } = await driver.list({ owner }, home.call());
      if (hasEnded(instances.find((one) => one.name === name))) return performance.now() - started;
      await hint;
    }
  } finally {
    unsubscribe?.();
  }
}

function hasEnded(run: ObservedInstance | undefined): boolean {
  if (run?.state !== 'exited') return false;
  if (run.exit?.code === 0) return true;
  throw new Error(`The run ended with ${JSON.stringify(run.exit)}`);
}

/** A bare Job of the same pod: made, and watched until it is complete; milliseconds. */
export async function runByHand(
  { client }: BenchCluster,
  sandbox: SandboxJob,
): Promise<{ readonly completeMs: number; readonly containerEndedMs: number }> {
  const { owner, tenant, name } = sandbox.spec;
  const namespace = namespaceName(owner, tenant);
  const floorOwner = `${owner}-floor`;
  const byHand = { ...sandbox, spec: { ...sandbox.spec, owner: floorOwner } };
  const { job } = toRun(byHand, { ...options, namespace }, Date.now());
  const body = { ...job, spec: { ...(job.spec as object), suspend: false } };
  const signal = AbortSignal.timeout(120_000);
  const path = pathOf('Job', namespace);
  const started = performance.now();
  const { metadata } = await client.json<KubeObject>({ method: 'POST', path, body, signal });
  const { resourceVersion } = metadata;
  const done = new AbortController();
  const ended = containerEnded(client, { namespace, resourceVersion, job: name }, done.signal).then(
    () => performance.now() - started,
  );
  const watch = {
    kind: 'Job',
    namespace,
    fieldSelector: `metadata.name=${job.metadata.name}`,
    resourceVersion,
  } as const;
  for await (const { object } of watchObjects<JobObject>(client, watch, signal)) {
    if (object.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True')) break;
  }
  const completeMs = performance.now() - started;
  const containerEndedMs = await ended;
  done.abort();
  const query = { propagationPolicy: 'Background' };
  await client.json({ method: 'DELETE', path: pathOf('Job', namespace, job.metadata.name), query, signal });
  return { completeMs, containerEndedMs };
}

async function containerEnded(
  client: BenchCluster['client'],
  what: { readonly namespace: string; readonly resourceVersion: string | undefined; readonly job: string },
  signal: AbortSignal,
): Promise<void> {
  const { namespace, resourceVersion, job } = what;
  const watch = { kind: 'Pod', namespace, labelSelector: `job-name=${job}`, resourceVersion } as const;
  for await (const { object } of watchObjects<PodObject>(client, watch, signal)) {
    if (object.status?.containerStatuses?.some(({ state }) => state?.terminated !== undefined)) return;
  }
}

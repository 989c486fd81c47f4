import type { LogLine, ObservedInstance, ObservedWorkload, Workload, WorkloadDriver } from '@moorage/core/driver';
import { conformanceAgentSource, eventually } from '@moorage/core/testing';
import { type KubernetesDriverOptions, kubernetesDriver } from '../src/index.js';
import { get } from './kubernetes-harness.js';
import { loadNodeImage } from './node-image.js';
import { sampleWorkload, type WorkloadChanges } from './sample-workload.js';
import { type TestCluster, testCluster, uniqueName } from './test-cluster.js';

/** One owner on the test cluster, its driver, and how to look at what it does. */
export interface KubernetesRig {
  readonly cluster: TestCluster;
  readonly owner: string;
  readonly driver: WorkloadDriver;
  /** The conformance agent's image. */
  readonly image: string;
  call(): { readonly signal: AbortSignal };
  owned(): { readonly signal: AbortSignal; readonly owner: string };
  anotherDriver(options?: KubernetesDriverOptions): WorkloadDriver;
  anotherOwner(): string;
  workload(given?: WorkloadChanges): Workload;
  describe(id: string, owner?: string): Promise<ObservedWorkload | undefined>;
  until(workload: Workload, what: string, test: (found: ObservedWorkload) => boolean): Promise<ObservedWorkload>;
  /** States the wish and waits until it is so. */
  serve(workload: Workload): Promise<ObservedWorkload>;
  /** Body of what one instance answers. */
  ask(instance: ObservedInstance | undefined, path: string): Promise<string>;
  remove(workload: Workload): Promise<void>;
  close(): Promise<void>;
}

const deadlineMs = 60_000;
export const later = { deadlineMs } as const;

export async function kubernetesRig(options: KubernetesDriverOptions = {}): Promise<KubernetesRig> {
  const cluster = await testCluster();
  const image = await loadNodeImage('moorage.test/conformance', { '/agent/agent.mjs': conformanceAgentSource });
  const owners = [uniqueName('driver-k8s')];
  const owner = owners[0] as string;
  const drivers: WorkloadDriver[] = [];
  const anotherDriver = (more: KubernetesDriverOptions = {}) => {
    const driver = kubernetesDriver({ kubeconfig: cluster.kubeconfig, policies: 'enforced', ...options, ...more });
    drivers.push(driver);
    return driver;
  };
  const driver = anotherDriver();
  const rig: KubernetesRig = {
    cluster,
    owner,
    driver,
    image,
    call: () => ({ signal: AbortSignal.timeout(120_000) }),
    owned: () => ({ ...rig.call(), owner }),
    anotherDriver,
    anotherOwner() {
      const other = uniqueName('driver-k8s');
      owners.push(other);
      return other;
    },
    workload: (given) => sampleWorkload(owner, image, given),
    describe: async (id, scope = owner) =>
      (await driver.describe({ owner: scope }, rig.call())).workloads.find(({ deploymentId }) => deploymentId === id),
    until: (workload, what, test) =>
      eventually(
        `"${workload.deploymentId}" ${what}`,
        async () => {
          const found = await rig.describe(workload.deploymentId, workload.owner);
          return found && test(found) && found;
        },
        later,
      ),
    async serve(workload) {
      await driver.apply(workload, rig.call());
      return rig.until(workload, 'is complete', (found) => isComplete(found, workload));
    },
    ask: (instance, path) =>
      eventually(
        `"${instance?.name}" answers ${path}`,
        async () => {
          if (!instance?.endpoint) throw new Error('it has no endpoint');
          const { status, body } = await get(instance.endpoint.host, instance.endpoint.port, path);
          return status === 200 && body;
        },
        later,
      ),
    async remove({ deploymentId, owner: whose }) {
      await driver.deleteWorkload(deploymentId, { ...rig.call(), owner: whose });
      await eventually('it is gone', async () => (await rig.describe(deploymentId, whose)) === undefined, later);
    },
    async close() {
      for (const whose of owners) {
        await cluster.sweep(whose);
        await eventually(
          `nothing of ${whose} is left`,
          async () => (await cluster.leftovers(whose)).length === 0,
          later,
        );
      }
      for (const one of drivers) await one.close();
      await cluster.close();
    },
  };
  return rig;
}

export function isComplete(found: ObservedWorkload, { templateHash, restartEpoch, replicas }: Workload): boolean {
  const wanted = 'fixed' in replicas ? replicas.fixed : replicas.min;
  return (
    found.rollout === 'complete' &&
    found.templateHash === templateHash &&
    found.restartEpoch === restartEpoch &&
    found.ready === wanted &&
    found.instances.length === wanted
  );
}

export async function linesOf(rig: KubernetesRig, name: string): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  const call = { ...rig.owned(), follow: false, tail: undefined, since: undefined };
  for await (const line of rig.driver.logs?.(name, call) ?? []) lines.push(line);
  return lines;
}

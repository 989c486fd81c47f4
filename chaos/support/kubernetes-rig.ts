import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kubernetesDriver } from '@moorage/driver-k8s';
import { type Kind, kinds } from '../../packages/driver-k8s/src/kinds.js';
import type { KubeObject } from '../../packages/driver-k8s/src/kube-objects.js';
import { ownerSelector } from '../../packages/driver-k8s/src/labels.js';
import { loadNodeImage } from '../../packages/driver-k8s/test/node-image.js';
import { type TestCluster, testCluster } from '../../packages/driver-k8s/test/test-cluster.js';
import { chaosAgentSource } from './chaos-agent.js';
import type { Belonging, Rig, Seen } from './rig.js';

const run = promisify(execFile);

interface Pod extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}

const deploymentLabel = 'moorage.deployment';
const tenantNote = 'moorage.tenant-id';
/** The cluster's own, or told with the pods. */
const leftOut: ReadonlySet<Kind> = new Set<Kind>(['Pod', 'Event']);
const withinMs = 120_000;

/** The cluster that `MOORAGE_TEST_KUBECONFIG` names; its API server is killed, and `MOORAGE_TEST_CLUSTER_UP` starts it. */
export async function kubernetesRig(): Promise<Rig> {
  const cluster = await testCluster();
  const image = await loadNodeImage('moorage.test/chaos', { '/agent/agent.mjs': chaosAgentSource });
  const pods = (owner: string) => cluster.list<Pod>('Pod', ownerSelector(owner));
  return {
    order: { kind: 'kubernetes', kubeconfig: cluster.kubeconfig },
    source: { image, command: ['node', '/agent/agent.mjs'] },
    canPause: false,
    keepsVolumes: false,
    orchestrates: true,
    driver: () => kubernetesDriver({ kubeconfig: cluster.kubeconfig, policies: 'enforced' }),
    look: async (owner) => (await pods(owner)).map(toSeen),
    belongings: (owner) => belongings(cluster, owner),
    async lives(owner) {
      const lines = (await pods(owner)).map(({ metadata, status }) => {
        const restarts = status?.containerStatuses?.map(({ restartCount }) => restartCount).join();
        return [metadata.name, `${metadata.uid} restarted ${restarts} times`] as const;
      });
      return new Map(lines);
    },
    engine: { kill: killApiServer, start: startCluster },
    async close(owners) {
      for (const owner of owners) {
        await cluster.sweep(owner);
        const deadline = performance.now() + withinMs;
        while ((await cluster.leftovers(owner)).length > 0 && performance.now() < deadline) await pause();
      }
      await cluster.close();
    },
  };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 500));

async function killApiServer(): Promise<void> {
  const folder = process.env.MOORAGE_TEST_CLUSTER_RUN ?? '/run/test-kubernetes';
  process.kill(Number(await readFile(join(folder, 'apiserver.pid'), 'utf8')), 'SIGKILL');
}

async function startCluster(): Promise<void> {
  await run(process.env.MOORAGE_TEST_CLUSTER_UP ?? '../shared/kubernetes/up', []);
}

function toSeen({ metadata, status }: Pod): Seen {
  const over = metadata.deletionTimestamp !== undefined || ['Failed', 'Succeeded'].includes(status?.phase ?? '');
  return {
    name: metadata.name,
    identity: metadata.uid ?? '',
    deploymentId: metadata.labels?.[deploymentLabel] ?? '',
    tenant: metadata.annotations?.[tenantNote] ?? '',
    state: over ? 'ended' : 'running',
    inside: status?.podIP === undefined ? undefined : `${status.podIP}:8080`,
  };
}

async function belongings(cluster: TestCluster, owner: string): Promise<readonly Belonging[]> {
  const found = await Promise.all(
    (Object.keys(kinds) as Kind[])
      .filter((kind) => !leftOut.has(kind))
      .map((kind) => cluster.list(kind, ownerSelector(owner))),
  );
  const objects = found.flat();
  const spaces = new Map(
    objects
      .filter(({ kind }) => kind === 'Namespace')
      .map(({ metadata }) => [metadata.name, metadata.annotations?.[tenantNote]]),
  );
  return objects.map(({ kind, metadata }) => ({
    what: `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
    deploymentId: metadata.labels?.[deploymentLabel],
    tenant: spaces.get(kind === 'Namespace' ? metadata.name : (metadata.namespace ?? '')),
  }));
}

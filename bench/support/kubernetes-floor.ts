import type { DeploymentRecord } from '@moorage/core';
import { type Kind, pathOf } from '../../packages/driver-k8s/src/kinds.js';
import type { DeploymentObject, KubeObject } from '../../packages/driver-k8s/src/kube-objects.js';
import { namespaceName } from '../../packages/driver-k8s/src/labels.js';
import { toObjects } from '../../packages/driver-k8s/src/to-objects.js';
import { options } from '../../packages/driver-k8s/test/full-wish.js';
import type { BenchCluster } from './kubernetes-cluster.js';
import { watchObjects } from './watch-objects.js';

export interface KubernetesFloor {
  /** Creates the objects one after the other and watches the Deployment until it is available; milliseconds. */
  deploy(): Promise<number>;
  /** Removes what was made so far. */
  clear(): Promise<void>;
}

/**
 * What a deploy costs by hand on the cluster's API: the very objects that the host's driver makes of `record`, in the
 * same namespace, under an owner that the host does not see.
 */
export function kubernetesFloor(cluster: BenchCluster, record: DeploymentRecord, owner: string): KubernetesFloor {
  const { client } = cluster;
  const floorOwner = `${owner}-floor`;
  const namespace = namespaceName(owner, record.desired.tenant);
  let made: KubeObject[] = [];
  let count = 0;

  const create = async (object: KubeObject): Promise<KubeObject> => {
    made.push(object);
    const path = pathOf(object.kind as Kind, namespace);
    return client.json({ method: 'POST', path, body: object, signal: AbortSignal.timeout(60_000) });
  };

  return {
    async deploy() {
      count += 1;
      const wish = toObjects(workloadOf(record, floorOwner, `floor-${count}`), { ...options, namespace });
      const started = performance.now();
      for (const object of [wish.policy, ...wish.before]) await create(object);
      await untilAvailable(cluster, await create(wish.deployment));
      return performance.now() - started;
    },
    async clear() {
      const doomed = made;
      made = [];
      for (const { kind, metadata } of doomed) await cluster.remove(kind as Kind, namespace, metadata.name);
    },
  };
}

function workloadOf({ desired }: DeploymentRecord, owner: string, deploymentId: string) {
  const { tenant, agentId, generation, templateHash, restartEpoch, template, health, rolloutDeadlineMs } = desired;
  return {
    ...{ owner, tenant, deploymentId, agentId, generation, templateHash, restartEpoch, template, health },
    rolloutDeadlineMs,
    secretEnv: {},
    replicas: { fixed: 1 },
  };
}

async function untilAvailable({ client }: BenchCluster, { metadata }: KubeObject): Promise<void> {
  const { name, namespace = '', resourceVersion } = metadata;
  const watch = { kind: 'Deployment', namespace, fieldSelector: `metadata.name=${name}`, resourceVersion } as const;
  for await (const { object } of watchObjects<DeploymentObject>(client, watch, AbortSignal.timeout(120_000))) {
    const available = object.status?.conditions?.find(({ type }) => type === 'Available');
    if (available?.status === 'True') return;
  }
  throw new Error(`The watch of Deployment "${name}" ended before it was available`);
}

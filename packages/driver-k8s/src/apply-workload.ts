import { MoorageError, type Workload } from '@moorage/core/driver';
import { type DriverTools, whileMaking } from './driver-tools.js';
import { pathOf } from './kinds.js';
import type { DeploymentObject, KubeObject, PodObject } from './kube-objects.js';
import { annotation, label, labelValue, objectName, secretName } from './labels.js';
import type { OwnerCache } from './owner-cache.js';
import { toPutBack } from './to-causes.js';
import { toObjects } from './to-objects.js';
import { deploymentIdOf } from './to-workload.js';
import { deleteObject, demandFree, isWritten, type WriteTools, writeObject } from './write-object.js';

/** Makes the cluster have the wish: what is missing or says something else is written, and nothing besides. */
export async function applyWorkload(tools: DriverTools, workload: Workload, signal: AbortSignal): Promise<void> {
  const cache = await tools.cache(workload.owner, signal);
  const objects = toObjects(workload, tools.options);
  const write: WriteTools = { client: tools.client, cache, signal };
  const namespace = objects.deployment.metadata.namespace ?? '';
  await whileMaking(tools, namespace, async () => {
    const known = cache.get<DeploymentObject>('Deployment', namespace, objects.deployment.metadata.name);
    const deployment = withReplicas(objects.deployment, workload, known);
    const all = [...objects.tenant, ...objects.before, deployment, ...objects.after];
    const names = demandFreeNames(write, all, workload.owner);
    await Promise.all([names, known ? undefined : demandOwnName(tools, workload, signal)]);
    const put = async (object: KubeObject) => {
      const changed = object.kind === 'Deployment' && known !== undefined && toPutBack(known, tools.putBack);
      if (!changed && isWritten(cache, object) && !drifted(object, known)) return;
      await writeObject(write, object);
      if (changed) tools.putBack.add(known?.metadata.uid ?? '');
    };
    for (const object of objects.tenant) await put(object);
    await Promise.all(objects.before.map(put));
    await removeObsolete(write, workload, all, 'HorizontalPodAutoscaler');
    await put(deployment);
    for (const object of objects.after) await put(object);
    await removeObsolete(write, workload, all, 'PodDisruptionBudget');
    await removeOldSecrets(write, workload, all);
  });
}

/** With a range the cluster decides between its ends; what it has decided stays. */
function withReplicas(deployment: KubeObject, { replicas }: Workload, known: DeploymentObject | undefined): KubeObject {
  if ('fixed' in replicas) return deployment;
  const now = known?.spec?.replicas ?? replicas.min;
  const count = Math.min(Math.max(now, replicas.min, 1), Math.max(1, replicas.max));
  return { ...deployment, spec: { ...(deployment.spec as object), replicas: count } };
}

/** Somebody has changed the number of instances, which is ours unless an autoscaler has it. */
function drifted(object: KubeObject, known: DeploymentObject | undefined): boolean {
  if (object.kind !== 'Deployment' || !known) return false;
  return (object.spec as { readonly replicas?: number }).replicas !== known.spec?.replicas;
}

/** A deployment's id is nobody else's on this cluster, whatever namespace it is in. */
async function demandOwnName(
  tools: DriverTools,
  { owner, deploymentId }: Workload,
  signal: AbortSignal,
): Promise<void> {
  const { items } = await tools.client.json<{ readonly items?: readonly KubeObject[] | null }>({
    method: 'GET',
    path: pathOf('Deployment', tools.options.namespace),
    query: {
      labelSelector: `${label.deployment}=${labelValue(deploymentId)},${label.owner}!=${labelValue(owner)}`,
      limit: 1,
    },
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    signal,
  });
  if (!items?.length) return;
  throw new MoorageError(
    'conflict',
    `Cannot apply deployment "${deploymentId}": another owner on this cluster has one of that id; it was left alone`,
    { operation: 'driver.apply', context: { deploymentId }, retryable: false },
  );
}

/** In a namespace that is not there yet nothing can be in the way. */
async function demandFreeNames(write: WriteTools, objects: readonly KubeObject[], owner: string): Promise<void> {
  const isNew = ({ kind, metadata }: KubeObject) =>
    write.cache.get(kind as 'Pod', metadata.namespace, metadata.name) === undefined;
  const space = objects.find(({ kind }) => kind === 'Namespace');
  if (space && isNew(space) && (await demandFree(write, space, owner))) return;
  const others = objects.filter((object) => object !== space && isNew(object));
  await Promise.all(others.map((object) => demandFree(write, object, owner)));
}

async function removeObsolete(
  write: WriteTools,
  { deploymentId }: Workload,
  wanted: readonly KubeObject[],
  kind: 'HorizontalPodAutoscaler' | 'PodDisruptionBudget',
): Promise<void> {
  if (wanted.some((object) => object.kind === kind)) return;
  for (const object of ofDeployment(write.cache, kind, deploymentId)) await deleteObject(write, object);
}

/** Values of a version that no instance has any more. */
async function removeOldSecrets(
  write: WriteTools,
  { deploymentId }: Workload,
  wanted: readonly KubeObject[],
): Promise<void> {
  const pods = ofDeployment<PodObject>(write.cache, 'Pod', deploymentId);
  const used = new Set([
    ...wanted.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name),
    ...pods.map(({ metadata }) => secretName(objectName(deploymentId), metadata.annotations?.[annotation.hash] ?? '')),
  ]);
  const old = ofDeployment(write.cache, 'Secret', deploymentId).filter(({ metadata }) => !used.has(metadata.name));
  for (const secret of old) await deleteObject(write, secret);
}

export function ofDeployment<T extends KubeObject>(
  cache: OwnerCache,
  kind: Parameters<OwnerCache['objects']>[0],
  deploymentId: string,
): readonly T[] {
  const id = labelValue(deploymentId);
  return [...cache.objects<T>(kind)].filter((object) => deploymentIdOf(object) === id);
}

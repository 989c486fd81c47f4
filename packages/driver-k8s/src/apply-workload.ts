import { MoorageError, type Workload } from '@moorage/core/driver';
import { type DriverTools, whileMaking } from './driver-tools.js';
import { pathOf } from './kinds.js';
import type { DeploymentObject, KubeObject } from './kube-objects.js';
import { annotation, label, labelValue } from './labels.js';
import { ofDeployment } from './of-deployment.js';
import type { OwnerCache } from './owner-cache.js';
import { recordedSecrets, withRecord } from './secret-record.js';
import { toPutBack } from './to-causes.js';
import { toObjects } from './to-objects.js';
import { makeSecret, neededSecrets, removeSecrets, secretsOf } from './workload-secrets.js';
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
    const { policy, before, after } = objects;
    const all = [...objects.tenant, ...objects.claims, policy, ...before, deployment, ...after];
    const names = demandFreeNames(write, all, workload.owner);
    await Promise.all([names, known ? undefined : demandOwnName(tools, workload, signal)]);
    const put = (object: KubeObject, stays = true) => putObject(tools, write, object, stays && !drifted(object, known));
    for (const object of objects.tenant) await put(object);
    // What Secrets there will be is remembered before they are made, or nobody would know of one left half-way.
    const walls = withRecord(policy, await keepSecrets(write, workload, namespace, objects.secret));
    await put(walls, remembers(cache, walls));
    await Promise.all([
      ...[...objects.claims.filter((claim) => isMissing(cache, claim)), ...objects.before].map((object) => put(object)),
      objects.secret && !hasSecret(known, workload) ? makeSecret(write, objects.secret) : undefined,
    ]);
    await removeObsolete(write, workload, all, 'HorizontalPodAutoscaler');
    await put(deployment);
    for (const object of objects.after) await put(object);
    await removeObsolete(write, workload, all, 'PodDisruptionBudget');
  });
}

/**
 * Writes what is not as it has to be; `asWished`: what is known of it besides. What others have changed is put back, once
 * for each object.
 */
async function putObject(
  { putBack }: DriverTools,
  write: WriteTools,
  object: KubeObject,
  asWished: boolean,
): Promise<void> {
  const { kind, metadata } = object;
  const known = write.cache.get(kind as 'Service', metadata.namespace, metadata.name);
  const changed = known !== undefined && toPutBack(known, putBack);
  if (asWished && !changed && isWritten(write.cache, object)) return;
  await writeObject(write, object);
  if (changed) putBack.add(known.metadata.uid ?? '');
}

/** A claim that is there stays as it is, whatever the options say by now. One that is going is not there for us. */
function isMissing(cache: OwnerCache, { kind, metadata }: KubeObject): boolean {
  const found = cache.get(kind as 'PersistentVolumeClaim', metadata.namespace, metadata.name);
  return found === undefined || found.metadata.deletionTimestamp !== undefined;
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

/** The names of the Secrets that stay, in the order of their age. Values that no instance has any more go now. */
async function keepSecrets(
  write: WriteTools,
  { owner, deploymentId }: Workload,
  namespace: string,
  secret: KubeObject | undefined,
): Promise<readonly string[]> {
  const needed = neededSecrets(write.cache, deploymentId);
  const kept = secret ? [...needed, secret.metadata.name] : needed;
  const old = secretsOf(write.cache, deploymentId).filter((name) => !kept.includes(name));
  if (old.length > 0) await removeSecrets(write, { owner, deploymentId, namespace }, old);
  return kept;
}

function remembers(cache: OwnerCache, policy: KubeObject): boolean {
  const found = cache.get('NetworkPolicy', policy.metadata.namespace, policy.metadata.name);
  return found !== undefined && recordedSecrets(found).join() === recordedSecrets(policy).join();
}

/** Its values are those of the version: what runs it has them. One that was removed by hand comes back by a restart. */
function hasSecret(known: DeploymentObject | undefined, { templateHash, restartEpoch }: Workload): boolean {
  const told = known?.metadata.annotations;
  return told?.[annotation.hash] === templateHash && told[annotation.restart] === String(restartEpoch);
}

import type { DeploymentId, OwnerId } from '@moorage/core/driver';
import type { DriverTools } from './driver-tools.js';
import { type Kind, pathOf } from './kinds.js';
import type { KubeObject, PodObject } from './kube-objects.js';
import { label, labelValue, objectName } from './labels.js';
import { ofDeployment } from './of-deployment.js';
import type { OwnerCache } from './owner-cache.js';
import { removeSecrets, secretsOf } from './workload-secrets.js';
import { deleteObject, type WriteTools } from './write-object.js';

/** First what runs and what points at it. Its walls go last: what is still ending stays behind them. */
const first: readonly Kind[] = [
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Deployment',
  'Job',
  'Service',
  'PersistentVolumeClaim',
];

/** Asks for the end of everything with the deployment's label, and of its tenant's namespace when that is empty. */
export async function deleteWorkload(
  tools: DriverTools,
  deploymentId: DeploymentId,
  owner: OwnerId,
  signal: AbortSignal,
): Promise<void> {
  const cache = await tools.cache(owner, signal);
  const write: WriteTools = { client: tools.client, cache, signal };
  const doomed = first.flatMap((kind) => ofDeployment<KubeObject>(cache, kind, deploymentId));
  const turn = JSON.stringify([owner, deploymentId]);
  const ownerless = runsOn(cache, deploymentId) ? [] : ofDeployment<PodObject>(cache, 'Pod', deploymentId);
  await Promise.all([
    ...[...doomed, ...ownerless].filter(isNotGoing).map((object) => deleteObject(write, object)),
    // Asked for again while its pods are ending, they are gone already.
    tools.finishing.has(turn) ? undefined : deleteSecrets(write, deploymentId, owner),
  ]);
  if (tools.finishing.has(turn)) return;
  tools.finishing.add(turn);
  const finishing = finish(tools, { ...write, signal: tools.closing }, deploymentId).finally(() =>
    tools.finishing.delete(turn),
  );
  // Nothing tells of an empty namespace: where a host died right after making it, its end is not left to chance.
  if (doomed.length === 0 && isOver(cache, deploymentId)) return finishing;
  // What is left of it is told by describe, and asked for again.
  finishing.catch(() => {});
}

/** By the names that the deployment's policy remembers: it goes last, so this can be asked for again. */
async function deleteSecrets(write: WriteTools, deploymentId: DeploymentId, owner: OwnerId): Promise<void> {
  const names = secretsOf(write.cache, deploymentId);
  const parts = (['NetworkPolicy', 'Deployment', 'Pod'] as const).flatMap((kind) =>
    ofDeployment<KubeObject>(write.cache, kind, deploymentId),
  );
  const namespace = parts.find(({ metadata }) => metadata.name.startsWith(objectName(deploymentId)))?.metadata
    .namespace;
  if (namespace !== undefined) await removeSecrets(write, { owner, deploymentId, namespace }, names);
}

const isNotGoing = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp === undefined;

/** True while something on the cluster would make its pods anew. */
function runsOn(cache: OwnerCache, deploymentId: DeploymentId): boolean {
  return (['Deployment', 'Job'] as const).some((kind) => ofDeployment(cache, kind, deploymentId).length > 0);
}

function isOver(cache: OwnerCache, deploymentId: DeploymentId): boolean {
  return !runsOn(cache, deploymentId) && ofDeployment<PodObject>(cache, 'Pod', deploymentId).length === 0;
}

async function finish(tools: DriverTools, write: WriteTools, deploymentId: DeploymentId): Promise<void> {
  const { cache } = write;
  await until(cache, () => isOver(cache, deploymentId), tools.closing);
  // A namespace goes before the last wall in it: as long as there is one, describe tells of something left, and a host
  // that ends just now is told by the next one.
  const removed = await removeEmptyNamespaces(tools, write, deploymentId);
  const walls = ofDeployment<KubeObject>(cache, 'NetworkPolicy', deploymentId);
  const kept = walls.filter(({ metadata }) => !removed.has(metadata.namespace ?? ''));
  await Promise.all(kept.map((object) => deleteObject(write, object)));
  // The cluster has answered, and the stream tells of it a little later: it is not asked again meanwhile.
  const isGoing = ({ metadata }: KubeObject) => {
    const found = cache.get('NetworkPolicy', metadata.namespace, metadata.name);
    return found === undefined || !isNotGoing(found);
  };
  await until(cache, () => kept.every(isGoing), tools.closing);
}

function until(cache: OwnerCache, holds: () => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    if (holds()) return resolve();
    const stop = () => {
      unsubscribe();
      signal.removeEventListener('abort', onAbort);
    };
    const onAbort = () => {
      stop();
      reject(signal.reason);
    };
    const unsubscribe = cache.subscribe(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

const inTenant: readonly Kind[] = ['Deployment', 'Job', 'Pod', 'Service', 'PersistentVolumeClaim'];

/** Tenants' namespaces in which nothing is left. The cluster is asked before: a cache may lag behind. */
async function removeEmptyNamespaces(
  tools: DriverTools,
  write: WriteTools,
  deploymentId: DeploymentId,
): Promise<ReadonlySet<string>> {
  const { cache, client, signal } = write;
  const removed = new Set<string>();
  for (const space of [...cache.objects('Namespace')].filter(isNotGoing)) {
    const { name } = space.metadata;
    if (isUsed(cache, name, deploymentId) || tools.making.has(name)) continue;
    const found = await client.json<{ readonly items?: readonly KubeObject[] | null }>({
      method: 'GET',
      path: pathOf('Deployment', name),
      query: { limit: 1 },
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      signal,
    });
    if (found.items?.length || tools.making.has(name)) continue;
    await deleteObject(write, space);
    removed.add(name);
  }
  return removed;
}

/** Something of another deployment is in it. */
function isUsed(cache: OwnerCache, namespace: string, deploymentId: DeploymentId): boolean {
  const own = labelValue(deploymentId);
  return inTenant.some((kind) =>
    [...cache.objects(kind)].some(({ metadata }) => {
      const id = metadata.labels?.[label.deployment];
      return metadata.namespace === namespace && id !== undefined && id !== own;
    }),
  );
}

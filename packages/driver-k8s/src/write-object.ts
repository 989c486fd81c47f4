import { MoorageError, type OwnerId } from '@moorage/core/driver';
import { httpStatusOf } from './classify-error.js';
import { isKind, type Kind, metadataOnly, pathOf } from './kinds.js';
import type { KubeClient } from './kube-client.js';
import type { KubeObject } from './kube-objects.js';
import { annotation, label, labelValue } from './labels.js';
import type { OwnerCache } from './owner-cache.js';

/** Under this name the API server keeps which fields are ours. */
export const fieldManager = 'moorage';

/** Of one object the metadata only. */
export const metadataOfOne = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** What a write works with. */
export interface WriteTools {
  readonly client: KubeClient;
  readonly cache: OwnerCache;
  readonly signal: AbortSignal;
}

/** One server-side apply; the answer goes into the cache. */
export async function writeObject({ client, cache, signal }: WriteTools, object: KubeObject): Promise<KubeObject> {
  const kind = kindOf(object);
  const { namespace, name } = object.metadata;
  const written = await client.json<KubeObject>({
    method: 'PATCH',
    path: pathOf(kind, namespace, name),
    query: { fieldManager, force: true },
    body: object,
    contentType: 'application/apply-patch+yaml',
    ...(metadataOnly.has(kind) ? { accept: metadataOfOne } : {}),
    signal,
  });
  const whole = { ...written, apiVersion: object.apiVersion, kind };
  cache.put(whole);
  return whole;
}

/**
 * True where the cluster has exactly this already. Errors: `unavailable` while the one before is still on its way out.
 */
export function isWritten(cache: OwnerCache, object: KubeObject): boolean {
  const { namespace, name, annotations } = object.metadata;
  const found = cache.get(kindOf(object), namespace, name);
  if (!found) return false;
  if (found.metadata.deletionTimestamp !== undefined) {
    throw new MoorageError(
      'unavailable',
      `Cannot apply ${object.kind} "${name}": the one before is still on its way out; try again when it is gone`,
      { operation: 'driver.apply', context: { kind: object.kind, name } },
    );
  }
  return found.metadata.annotations?.[annotation.applied] === annotations?.[annotation.applied];
}

/** Refuses where something of that name is there and is not this owner's. A forced apply would take it over. */
export async function demandFree({ client, signal }: WriteTools, object: KubeObject, owner: OwnerId): Promise<boolean> {
  const { namespace, name } = object.metadata;
  const kind = kindOf(object);
  const path = pathOf(kind, namespace, name);
  let found: KubeObject;
  try {
    found = await client.json<KubeObject>({ method: 'GET', path, accept: metadataOfOne, signal });
  } catch (error) {
    if (httpStatusOf(error) === 404) return true;
    throw error;
  }
  if (found.metadata.labels?.[label.owner] === labelValue(owner)) return false;
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`;
  throw new MoorageError(
    'already_exists',
    `Cannot apply ${kind} "${name}"${where}: one of that name is there and is not ours; it was left alone`,
    { operation: 'driver.apply', context: { kind, name, namespace } },
  );
}

/** Asks for its end; one that is gone, or is another one by now, is fine. */
export async function deleteObject({ client, cache, signal }: WriteTools, object: KubeObject): Promise<void> {
  const { namespace, name, uid } = object.metadata;
  try {
    const answer = await client.json<KubeObject>({
      method: 'DELETE',
      path: pathOf(kindOf(object), namespace, name),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Foreground',
        ...(uid === undefined ? {} : { preconditions: { uid } }),
      },
      accept: metadataOnly.has(kindOf(object)) ? metadataOfOne : 'application/json',
      signal,
    });
    // On its way out: the object itself comes back. Gone at once: only that it went well.
    if (answer.metadata?.uid !== undefined) cache.put({ ...answer, apiVersion: object.apiVersion, kind: object.kind });
  } catch (error) {
    const status = httpStatusOf(error);
    if (status !== 404 && status !== 409) throw error;
  }
}

function kindOf({ kind }: KubeObject): Kind {
  if (isKind(kind)) return kind;
  throw new MoorageError('internal', `The driver has no kind "${kind}"`, { operation: 'driver.apply' });
}

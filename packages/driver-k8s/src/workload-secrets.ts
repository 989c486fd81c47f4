import { MoorageError, type OwnerId } from '@moorage/core/driver';
import { httpStatusOf } from './classify-error.js';
import { pathOf } from './kinds.js';
import type { DeploymentObject, KubeObject, PodObject, SecretObject } from './kube-objects.js';
import { annotation, label, labelValue, objectName, secretName } from './labels.js';
import { ofDeployment } from './of-deployment.js';
import type { OwnerCache } from './owner-cache.js';
import { recordedSecrets } from './secret-record.js';
import { fieldManager, metadataOfOne, type WriteTools } from './write-object.js';

/**
 * Secrets are made, put right and deleted by name, and never read, listed or watched: a role that may not do that is
 * enough. Which there are is remembered by the deployment's policy, which is written before them and goes last.
 */
export function secretsOf(cache: OwnerCache, deploymentId: string): readonly string[] {
  const own = ofDeployment<KubeObject>(cache, 'NetworkPolicy', deploymentId).filter(
    ({ metadata }) => metadata.name === objectName(deploymentId),
  );
  if (own.length > 0) return own.flatMap(recordedSecrets);
  // Somebody has removed the policy: what runs tells which versions there are.
  return versionsOf(cache, deploymentId);
}

/** Of those that are there, the ones that some instance of another version still needs. */
export function neededSecrets(cache: OwnerCache, deploymentId: string): readonly string[] {
  const versions = new Set(versionsOf(cache, deploymentId));
  return secretsOf(cache, deploymentId).filter((name) => versions.has(name));
}

function versionsOf(cache: OwnerCache, deploymentId: string): readonly string[] {
  const running = [
    ...ofDeployment<DeploymentObject>(cache, 'Deployment', deploymentId),
    ...ofDeployment<PodObject>(cache, 'Pod', deploymentId),
  ];
  const hashes = running.flatMap(({ metadata }) => metadata.annotations?.[annotation.hash] ?? []);
  return [...new Set(hashes.map((hash) => secretName(objectName(deploymentId), hash)))];
}

/** Makes a Secret, or finishes one that is ours. Errors: `already_exists` where one of that name is not. */
export async function makeSecret({ client, signal }: Sending, secret: SecretObject): Promise<void> {
  const { namespace, name, labels, ownerReferences } = secret.metadata;
  const query = { fieldManager };
  const common = { accept: metadataOfOne, query, signal } as const;
  try {
    await client.json({ method: 'POST', path: pathOf('Secret', namespace), body: secret, ...common });
  } catch (error) {
    if (httpStatusOf(error) !== 409) throw error;
    const values = [
      { op: 'add', path: '/data', value: secret.data },
      ...(ownerReferences ? [{ op: 'add', path: '/metadata/ownerReferences', value: ownerReferences }] : []),
    ];
    if (await patchOwn({ client, signal }, { namespace, name, labels }, values)) return;
    const where = namespace === undefined ? '' : ` in namespace "${namespace}"`;
    throw new MoorageError(
      'already_exists',
      `Cannot apply Secret "${name}"${where}: one of that name is there and is not ours; it was left alone`,
      { operation: 'driver.apply', context: { kind: 'Secret', name, namespace } },
    );
  }
}

type Sending = Pick<WriteTools, 'client' | 'signal'>;

interface Named {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** Deletes Secrets of a deployment by name; what is gone, or is not ours, is left. */
export async function removeSecrets(
  { client, signal }: Sending,
  scope: { readonly owner: OwnerId; readonly deploymentId: string; readonly namespace: string },
  names: readonly string[],
): Promise<void> {
  const { owner, deploymentId, namespace } = scope;
  const labels = { [label.owner]: labelValue(owner), [label.deployment]: labelValue(deploymentId) };
  await Promise.all(
    names.map(async (name) => {
      const found = await patchOwn({ client, signal }, { namespace, name, labels }, []);
      if (found) await deleteVersion({ client, signal }, namespace, name, found.metadata.uid);
    }),
  );
}

/**
 * Changes a Secret only where it carries our labels, which the API server looks at and not we: undefined where it does
 * not, or where there is none. Without changes it writes nothing.
 */
async function patchOwn(
  { client, signal }: Sending,
  { namespace, name, labels = {} }: Named,
  changes: readonly object[],
): Promise<KubeObject | undefined> {
  const tests = [label.owner, label.deployment].map((key) => ({
    op: 'test',
    path: `/metadata/labels/${key}`,
    value: labels[key],
  }));
  try {
    return await client.json<KubeObject>({
      method: 'PATCH',
      path: pathOf('Secret', namespace, name),
      query: { fieldManager },
      body: [...tests, ...changes],
      contentType: 'application/json-patch+json',
      accept: metadataOfOne,
      signal,
    });
  } catch (error) {
    const status = httpStatusOf(error);
    if (status === 404 || status === 422) return undefined;
    throw error;
  }
}

async function deleteVersion(
  { client, signal }: Sending,
  namespace: string,
  name: string,
  uid: string | undefined,
): Promise<void> {
  try {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
    await client.json({ method: 'DELETE', path: pathOf('Secret', namespace, name), body, signal });
  } catch (error) {
    const status = httpStatusOf(error);
    if (status !== 404 && status !== 409) throw error;
  }
}

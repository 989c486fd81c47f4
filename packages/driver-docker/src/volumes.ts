import { type DeploymentId, type InstanceSpec, MoorageError, type OwnerId } from '@moorage/core/driver';
import { type EngineClient, segment } from './engine-client.js';
import type { ContainerSummary, VolumeSummary } from './engine-types.js';
import { label, labelFilter } from './labels.js';
import { volumeName } from './to-container-options.js';
import { unlessStatus } from './unless-status.js';
import { isEmptyVolume, removeHelper } from './volume-helper.js';

/**
 * Makes the deployment's volumes where they are not there. Errors: `already_exists` when a foreign one has the name.
 */
export async function ensureVolumes(
  client: EngineClient,
  spec: InstanceSpec,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  for (const volume of spec.volumes) {
    let found = await makeVolume(client, spec, volume.name, signal);
    if (isUnmarked(found) && (await isEmptyVolume(client, spec, volume, image, signal))) {
      // In use, or gone since: what is there then is looked at anew.
      const path = `/volumes/${segment(found.Name)}`;
      await client.json({ method: 'DELETE', path, signal }).catch(unlessStatus(404, 409));
      found = await makeVolume(client, spec, volume.name, signal);
    }
    if (found.Labels?.[label.owner] === spec.owner && found.Labels[label.deployment] === spec.deploymentId) continue;
    throw new MoorageError(
      'already_exists',
      `Cannot use the volume "${found.Name}": one of that name is there that is not ours. Rename or remove it`,
      { operation: 'driver.create' },
    );
  }
}

/** The engine answers with what it has under that name, made just now or not. */
function makeVolume(client: EngineClient, spec: InstanceSpec, name: string, signal: AbortSignal) {
  const Labels = {
    [label.owner]: spec.owner,
    [label.kind]: 'volume',
    [label.tenant]: spec.tenant,
    [label.deployment]: spec.deploymentId,
    [label.volume]: name,
  };
  const body = { Name: volumeName(spec, name), Driver: 'local', Labels };
  return client.json<VolumeSummary>({ method: 'POST', path: '/volumes/create', body, signal });
}

/**
 * An engine that was killed while it made a volume has the volume and forgets whose it is. Its name holds the id of our
 * deployment, which nobody else knows: an empty one is made anew, one with files in it is somebody's.
 */
function isUnmarked({ Driver, Labels, Options }: VolumeSummary): boolean {
  return Driver === 'local' && Object.keys({ ...Labels, ...Options }).length === 0;
}

/** Removes the deployment's volumes; one that an instance still uses stays, and goes with the last of them. */
export async function removeVolumes(
  client: EngineClient,
  owner: OwnerId,
  deployment: DeploymentId,
  signal: AbortSignal,
): Promise<void> {
  const ours = { [label.owner]: owner, [label.deployment]: deployment };
  const helpers = await client.json<readonly ContainerSummary[]>({
    method: 'GET',
    path: '/containers/json',
    query: { all: true, filters: labelFilter({ ...ours, [label.kind]: 'helper' }) },
    signal,
  });
  for (const { Id } of helpers) await removeHelper(client, Id, signal);
  const answer = await client.json<{ Volumes: readonly VolumeSummary[] | null }>({
    method: 'GET',
    path: '/volumes',
    query: { filters: labelFilter({ ...ours, [label.kind]: 'volume' }) },
    signal,
  });
  for (const { Name } of answer.Volumes ?? []) {
    await client.json({ method: 'DELETE', path: `/volumes/${segment(Name)}`, signal }).catch(unlessStatus(404, 409));
  }
}

import { randomBytes } from 'node:crypto';
import { type DeploymentId, type InstanceSpec, MoorageError, type OwnerId } from '@moorage/core/driver';
import { type EngineClient, segment } from './engine-client.js';
import type { ContainerSummary, VolumeSummary } from './engine-types.js';
import { label, labelFilter } from './labels.js';
import { tarArchive } from './tar-archive.js';
import { volumeName } from './to-container-options.js';
import { unlessStatus } from './unless-status.js';

/**
 * Makes the deployment's volumes where they are not there. Errors: `already_exists` when a foreign one has the name.
 */
export async function ensureVolumes(client: EngineClient, spec: InstanceSpec, signal: AbortSignal): Promise<void> {
  for (const { name } of spec.volumes) {
    const Labels = {
      [label.owner]: spec.owner,
      [label.kind]: 'volume',
      [label.tenant]: spec.tenant,
      [label.deployment]: spec.deploymentId,
      [label.volume]: name,
    };
    const body = { Name: volumeName(spec, name), Driver: 'local', Labels };
    const volume = await client.json<VolumeSummary>({ method: 'POST', path: '/volumes/create', body, signal });
    if (volume.Labels?.[label.owner] === spec.owner && volume.Labels[label.deployment] === spec.deploymentId) continue;
    throw new MoorageError(
      'already_exists',
      `Cannot use the volume "${body.Name}": one of that name is there that is not ours. Rename or remove it`,
      { operation: 'driver.create' },
    );
  }
}

/**
 * A new volume belongs to root, and agents do not run as root: its folder is given to the instance's user. The engine
 * sets owners only inside a root file system that is writable, so a helper container that never starts stands in.
 */
export async function ownVolumes(
  client: EngineClient,
  spec: InstanceSpec,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  const [uid = 0, gid = uid] = spec.user.split(':').map(Number);
  if (spec.volumes.length === 0 || !Number.isInteger(uid) || !Number.isInteger(gid) || uid === 0) return;
  const query = { name: `${spec.name}.volumes-${randomBytes(4).toString('hex')}` };
  const body = {
    Image: image,
    Entrypoint: ['/never-started'],
    Labels: { [label.owner]: spec.owner, [label.kind]: 'helper', [label.deployment]: spec.deploymentId },
    HostConfig: {
      NetworkMode: 'none',
      Mounts: spec.volumes.map(({ name }, index) => ({
        Type: 'volume',
        Source: volumeName(spec, name),
        Target: `${mountFolder}/${index}`,
      })),
    },
  };
  const helper = await client.json<{ Id: string }>({ method: 'POST', path: '/containers/create', query, body, signal });
  try {
    const upload = tarArchive(
      spec.volumes.map((_, index) => ({ path: `${index}/`, kind: 'directory', mode: 0o750, uid, gid })),
    );
    const path = `/containers/${helper.Id}/archive`;
    await client.json({ method: 'PUT', path, query: { path: mountFolder }, upload, signal });
  } finally {
    await removeHelper(client, helper.Id, signal);
  }
}

const mountFolder = '/moorage-volumes';

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

async function removeHelper(client: EngineClient, id: string, signal: AbortSignal): Promise<void> {
  const query = { force: true };
  await client.json({ method: 'DELETE', path: `/containers/${id}`, query, signal }).catch(unlessStatus(404, 409));
}

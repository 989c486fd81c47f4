import { scheduler } from 'node:timers/promises';
import { type InstanceName, type InstanceSpec, isMoorageError, MoorageError, type OwnerId } from '@moorage/core/driver';
import { statusOf } from './classify-error.js';
import type { EngineClient } from './engine-client.js';
import { inspectByName } from './find-container.js';
import { holdsFiles } from './holds-files.js';
import { label } from './labels.js';
import { tarArchive } from './tar-archive.js';
import { volumeName } from './to-container-options.js';
import { unlessStatus } from './unless-status.js';

const mountFolder = '/moorage-volumes';
/** Another call may be making the same instance, with the same helper. */
const maxRaces = 20;
const nameWaitMs = 50;

/** One name for each instance: whoever finishes a half-made instance finds the helper of whoever died at it. */
const helperName = (name: InstanceName) => `${name}.volumes`;

/**
 * A new volume belongs to root, and agents do not run as root: its folder is given to the instance's user. The engine
 * sets owners only inside a root file system that is writable, so a helper container that never starts stands in. There
 * is one only while its instance is half made, so that what a crash leaves is known by the instance beside it.
 */
export async function ownVolumes(
  client: EngineClient,
  spec: InstanceSpec,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  const [uid = 0, gid = uid] = spec.user.split(':').map(Number);
  if (spec.volumes.length === 0 || !Number.isInteger(uid) || !Number.isInteger(gid) || uid === 0) return;
  for (let race = 1; ; race += 1) {
    const id = await makeHelper(client, spec, image, spec.volumes, signal);
    try {
      const upload = tarArchive(
        spec.volumes.map((_, index) => ({ path: `${index}/`, kind: 'directory', mode: 0o750, uid, gid })),
      );
      const path = `/containers/${id}/archive`;
      await client.json({ method: 'PUT', path, query: { path: mountFolder }, upload, signal });
      return;
    } catch (error) {
      // Another call that was done with it has taken it away.
      if (statusOf(error) !== 404 || race >= maxRaces) throw error;
    } finally {
      await removeHelper(client, id, signal);
    }
  }
}

/** Has an instance ever written to this volume? */
export async function isEmptyVolume(
  client: EngineClient,
  spec: InstanceSpec,
  volume: InstanceSpec['volumes'][number],
  image: string,
  signal: AbortSignal,
): Promise<boolean> {
  const id = await makeHelper(client, spec, image, [volume], signal);
  try {
    const path = `/containers/${id}/archive`;
    const archive = await client.stream({ method: 'GET', path, query: { path: `${mountFolder}/0` }, signal });
    return !(await holdsFiles(archive));
  } finally {
    await removeHelper(client, id, signal);
  }
}

/** The helper's id, made or found. */
async function makeHelper(
  client: EngineClient,
  spec: InstanceSpec,
  image: string,
  volumes: InstanceSpec['volumes'],
  signal: AbortSignal,
): Promise<string> {
  const query = { name: helperName(spec.name) };
  const body = {
    Image: image,
    Entrypoint: ['/never-started'],
    Labels: { [label.owner]: spec.owner, [label.kind]: 'helper', [label.deployment]: spec.deploymentId },
    HostConfig: {
      NetworkMode: 'none',
      Mounts: volumes.map(({ name }, index) => ({
        Type: 'volume',
        Source: volumeName(spec, name),
        Target: `${mountFolder}/${index}`,
      })),
    },
  };
  for (let race = 1; ; race += 1) {
    try {
      const request = { method: 'POST', path: '/containers/create', query, body, signal } as const;
      return (await client.json<{ Id: string }>(request)).Id;
    } catch (error) {
      if (statusOf(error) !== 409 || race >= maxRaces) throw error;
    }
    const id = await findHelper(client, spec.name, spec.owner, signal);
    if (id !== undefined) return id;
    await scheduler.wait(nameWaitMs, { signal });
  }
}

/** Errors: `already_exists` when a foreign container has the name. */
async function findHelper(
  client: EngineClient,
  name: InstanceName,
  owner: OwnerId,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await inspectByName(client, helperName(name), signal);
  if (!found) return undefined;
  const labels = found.Config.Labels;
  if (labels?.[label.owner] === owner && labels[label.kind] === 'helper') return found.Id;
  throw new MoorageError(
    'already_exists',
    `Cannot create instance "${name}": a container named "${helperName(name)}" is there that is not ours. Rename or remove it`,
    { operation: 'driver.create' },
  );
}

/** Takes away the helper that a crash has left beside its instance. What is not ours stays. */
export async function removeHelperOf(
  client: EngineClient,
  name: InstanceName,
  owner: OwnerId,
  signal: AbortSignal,
): Promise<void> {
  const id = await findHelper(client, name, owner, signal).catch((error: unknown) => {
    if (isMoorageError(error)) return undefined;
    throw error;
  });
  if (id !== undefined) await removeHelper(client, id, signal);
}

export async function removeHelper(client: EngineClient, id: string, signal: AbortSignal): Promise<void> {
  const query = { force: true };
  await client.json({ method: 'DELETE', path: `/containers/${id}`, query, signal }).catch(unlessStatus(404, 409));
}

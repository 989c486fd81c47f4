import { type InstanceName, MoorageError, type OwnerId, type ParkDepth } from '@moorage/core/driver';
import { engineWords } from './classify-error.js';
import type { EngineClient } from './engine-client.js';
import type { ContainerDetails } from './engine-types.js';
import { findOwned } from './find-container.js';
import { parkedSuffix } from './labels.js';
import { unlessStatus } from './unless-status.js';

/**
 * `pause` freezes; `stop` ends and marks the container by a suffix to its name, so that its end is known as asked for.
 */
export async function parkContainer(
  client: EngineClient,
  name: InstanceName,
  owner: OwnerId,
  depth: ParkDepth,
  signal: AbortSignal,
): Promise<void> {
  const { Id, State } = await found(client, name, owner, signal, 'driver.park');
  const path = `/containers/${Id}`;
  if (depth === 'pause') {
    if (!State.Running || State.Paused) return;
    await client.json({ method: 'POST', path: `${path}/pause`, signal }).catch(unlessStatus(409));
    return;
  }
  if (State.Paused)
    await client.json({ method: 'POST', path: `${path}/unpause`, signal }).catch(unlessStatus(409, 500));
  // The container's own stop timeout is the grace of its spec.
  if (State.Running) await client.json({ method: 'POST', path: `${path}/stop`, signal });
  await rename(client, Id, name + parkedSuffix, signal);
}

/** Starts first and takes the mark away then: cut in between, the instance runs and a second call finishes it. */
export async function unparkContainer(
  client: EngineClient,
  name: InstanceName,
  owner: OwnerId,
  signal: AbortSignal,
): Promise<void> {
  const container = await found(client, name, owner, signal, 'driver.unpark');
  const path = `/containers/${container.Id}`;
  if (container.State.Paused) {
    await client.json({ method: 'POST', path: `${path}/unpause`, signal }).catch(unlessStatus(409, 500));
  } else if (!container.State.Running) {
    await client.json({ method: 'POST', path: `${path}/start`, signal });
  }
  if (container.Name === `/${name}${parkedSuffix}`) await rename(client, container.Id, name, signal);
}

async function rename(client: EngineClient, id: string, name: string, signal: AbortSignal): Promise<void> {
  try {
    await client.json({ method: 'POST', path: `/containers/${id}/rename`, query: { name }, signal });
  } catch (error) {
    // It bears that name already: what was asked for.
    if (!/same name as its current name/i.test(engineWords(error))) throw error;
  }
}

async function found(
  client: EngineClient,
  name: InstanceName,
  owner: OwnerId,
  signal: AbortSignal,
  operation: string,
): Promise<ContainerDetails> {
  const details = await findOwned(client, name, owner, signal);
  if (details) return details;
  throw new MoorageError('not_found', `There is no instance "${name}" on this engine`, { operation });
}

import type { InstanceName, OwnerId } from '@moorage/core/driver';
import { statusOf } from './classify-error.js';
import { type EngineClient, segment } from './engine-client.js';
import type { ContainerDetails } from './engine-types.js';
import { label, parkedSuffix } from './labels.js';

/** What the engine takes as a name; anything else cannot be there. */
const possibleName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** The container of exactly this name, whoever it belongs to; undefined when there is none. */
export async function inspectByName(
  client: EngineClient,
  name: string,
  signal: AbortSignal,
): Promise<ContainerDetails | undefined> {
  if (!possibleName.test(name)) return undefined;
  try {
    const path = `/containers/${segment(name)}/json`;
    const details = await client.json<ContainerDetails>({ method: 'GET', path, signal });
    // The engine also answers to the beginning of an id.
    return details.Name === `/${name}` ? details : undefined;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Our instance of this name, parked or not. Another owner's, or a foreign one, is as if it were absent. */
export async function findOwned(
  client: EngineClient,
  name: InstanceName,
  owner: OwnerId,
  signal: AbortSignal,
): Promise<ContainerDetails | undefined> {
  for (const candidate of [name, name + parkedSuffix]) {
    const found = await inspectByName(client, candidate, signal);
    const labels = found?.Config.Labels;
    if (labels?.[label.owner] === owner && labels[label.name] === name) return found;
  }
  return undefined;
}

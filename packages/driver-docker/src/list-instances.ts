import type { Observation, ObservedInstance, OwnerId } from '@moorage/core/driver';
import { statusOf } from './classify-error.js';
import type { EngineClient } from './engine-client.js';
import type { EngineMarker } from './engine-marker.js';
import type { ContainerDetails, ContainerSummary } from './engine-types.js';
import { label, labelFilter } from './labels.js';
import { toInstance } from './to-instance.js';

export interface ListTools {
  readonly client: EngineClient;
  readonly marker: EngineMarker;
  readonly details: DetailsCache;
  readonly engineHost: string;
}

/** Details of containers by id, with what was seen in the list when they were read. */
export type DetailsCache = Map<string, { readonly seen: string; readonly details: ContainerDetails }>;

/** In the steady state this is one call: what the list does not tell is read once for each change of a container. */
export async function listInstances(tools: ListTools, owner: OwnerId, signal: AbortSignal): Promise<Observation> {
  const containers = await ownedContainers(tools.client, owner, signal);
  // After the list: an engine that was exchanged in between is found out.
  const proofs = new Set(containers.flatMap(({ Labels }) => Labels[label.engine] ?? []));
  const engine = await tools.marker.identify(owner, proofs, signal);
  const instances = await Promise.all(containers.map((container) => observe(tools, container, signal)));
  forgetAbsent(tools.details, owner, containers);
  return { engine, instances: instances.filter((instance) => instance !== undefined) };
}

/** Everything of the owner's on the engine, ended containers included. */
export function ownedContainers(
  client: EngineClient,
  owner: OwnerId,
  signal: AbortSignal,
): Promise<readonly ContainerSummary[]> {
  const filters = labelFilter({ [label.owner]: owner, [label.name]: undefined });
  return client.json({ method: 'GET', path: '/containers/json', query: { all: true, filters }, signal });
}

const unsettledStates: ReadonlySet<string> = new Set(['created', 'removing']);

async function observe(
  tools: ListTools,
  container: ContainerSummary,
  signal: AbortSignal,
): Promise<ObservedInstance | undefined> {
  // The engine holds a container's lock while it starts or removes it, and would answer only then: everyone's look
  // would wait for the slowest. The list tells all that is known of these.
  if (unsettledStates.has(container.State)) return toInstance(container, undefined, tools.engineHost);
  const seen = fingerprint(container);
  let cached = tools.details.get(container.Id);
  if (cached?.seen !== seen) {
    const details = await inspect(tools.client, container.Id, signal);
    if (!details) return undefined;
    cached = { seen, details };
    // The engine may learn of an out-of-memory kill a moment after the end: a young end is looked at again.
    if (container.State !== 'exited' || !isYoung(container)) tools.details.set(container.Id, cached);
  }
  return toInstance(container, cached.details, tools.engineHost);
}

/**
 * Changes whenever the details may have: state, exit code, and the published port, which is another after each start.
 */
function fingerprint({ State, Status, Ports }: ContainerSummary): string {
  const exitCode = /^Exited \((\d+)\)/.exec(Status)?.[1] ?? '';
  return `${State} ${exitCode} ${Ports.map(({ PublicPort }) => PublicPort ?? '').join(',')}`;
}

function isYoung({ Status }: ContainerSummary): boolean {
  return /second/.test(Status);
}

/** Undefined when it was removed since the list. */
async function inspect(client: EngineClient, id: string, signal: AbortSignal): Promise<ContainerDetails | undefined> {
  try {
    return await client.json<ContainerDetails>({ method: 'GET', path: `/containers/${id}/json`, signal });
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

function forgetAbsent(cache: DetailsCache, owner: OwnerId, containers: readonly ContainerSummary[]): void {
  const present = new Set(containers.map(({ Id }) => Id));
  for (const [id, { details }] of cache) {
    if (!present.has(id) && details.Config.Labels?.[label.owner] === owner) cache.delete(id);
  }
}

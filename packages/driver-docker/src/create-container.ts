import { scheduler } from 'node:timers/promises';
import { type InstanceSpec, MoorageError } from '@moorage/core/driver';
import { engineWords, statusOf } from './classify-error.js';
import { type EngineClient, segment } from './engine-client.js';
import type { EngineMarker } from './engine-marker.js';
import type { ContainerDetails, ContainerSummary } from './engine-types.js';
import { type Credentials, ensureImage, type ImageCall } from './ensure-image.js';
import { inspectByName } from './find-container.js';
import { hasIdentity, label, labelFilter, parkedSuffix } from './labels.js';
import type { NetworkKey, TenantNetworks } from './tenant-networks.js';
import { toContainerOptions } from './to-container-options.js';
import { ownVolumes, removeHelperOf } from './volume-helper.js';
import { ensureVolumes } from './volumes.js';

export interface CreateTools {
  readonly client: EngineClient;
  readonly marker: EngineMarker;
  readonly networks: TenantNetworks;
  readonly credentials: Credentials;
  readonly publishHost: string;
  readonly logMaxBytes: number;
  /** Storage limits are asked for; without it a spec that has one is refused. */
  readonly diskLimits: boolean;
  /** Containers' own addresses can be reached from here, so a network without egress is usable. */
  readonly local: boolean;
}

/** Another call may be making this instance, and another host may remove the network, while this one is under way. */
const maxRaces = 200;
const nameWaitMs = 50;

/** `name-busy`: the engine gives away a name some time before its container can be seen. */
type Outcome = 'started' | 'network-gone' | 'name-busy';

/**
 * Makes and starts the instance, or finishes the half-made one of the same identity. What is left behind by an abort is
 * finished by a later call or cleared by `remove`; what the engine refused to start is taken away again.
 */
export async function createContainer(tools: CreateTools, spec: InstanceSpec, call: ImageCall): Promise<void> {
  const { source } = spec;
  if (source.kind === 'program') throw unsupported(spec, 'a local program', 'Give runtime.image or runtime.build');
  if (spec.resources.diskBytes !== undefined && !tools.diskLimits) {
    throw unsupported(
      spec,
      'a disk limit',
      'Leave resources.disk out, or set diskLimits where the storage driver has quotas',
    );
  }
  if (spec.egress === 'none' && !tools.local) {
    throw unsupported(
      spec,
      'network.egress "none" on a remote engine',
      'Leave it out, or run the host beside the engine',
    );
  }
  const [engine, parked] = await Promise.all([
    provenEngine(tools, spec, call.signal),
    inspectByName(tools.client, spec.name + parkedSuffix, call.signal),
  ]);
  if (parked && hasIdentity(parked.Config.Labels, spec)) return;
  const image = await ensureImage(tools.client, source, tools.credentials, call);
  const key: NetworkKey = { owner: spec.owner, tenant: spec.tenant, egress: spec.egress };
  try {
    for (let race = 0; race < maxRaces; race += 1) {
      const networkId = await tools.networks.claim(key, call.signal);
      try {
        const outcome = await attempt(tools, spec, { engine, image, networkId }, call.signal);
        if (outcome === 'started') return;
        if (outcome === 'network-gone') tools.networks.forget(key);
        else await scheduler.wait(nameWaitMs, { signal: call.signal });
      } finally {
        tools.networks.release(key);
      }
    }
  } catch (error) {
    // A network that was made for this instance alone goes with it; best effort, for the next removal does the same.
    if (!call.signal.aborted) await tools.networks.collect(spec.owner, call.signal).catch(() => undefined);
    throw error;
  }
  throw new MoorageError(
    'unavailable',
    `Cannot create instance "${spec.name}": other calls make and remove it, or its network, at the same time`,
    { operation: 'driver.create' },
  );
}

/** The marker's volume is asked each time: a container must not carry the id of an engine that it is not on. */
async function provenEngine(tools: CreateTools, spec: InstanceSpec, signal: AbortSignal): Promise<string> {
  try {
    return await tools.marker.identify(spec.owner, new Set(), signal);
  } catch (error) {
    const query = { all: true, filters: labelFilter({ [label.owner]: spec.owner }) };
    const mine = await tools.client.json<ContainerSummary[]>({
      method: 'GET',
      path: '/containers/json',
      query,
      signal,
    });
    if (mine.length === 0) throw error;
    return tools.marker.identify(spec.owner, new Set(mine.flatMap(({ Labels }) => Labels[label.engine] ?? [])), signal);
  }
}

/** Anything but `started`: a race with another call, to be tried again. */
async function attempt(
  tools: CreateTools,
  spec: InstanceSpec,
  place: { readonly engine: string; readonly image: string; readonly networkId: string },
  signal: AbortSignal,
): Promise<Outcome> {
  const { client, publishHost, logMaxBytes } = tools;
  await ensureVolumes(client, spec, place.image, signal);
  const body = toContainerOptions(spec, {
    ...place,
    publishHost: spec.egress === 'none' ? undefined : publishHost,
    logMaxBytes,
  });
  let id: string;
  try {
    const request = { method: 'POST', path: '/containers/create', query: { name: spec.name }, body, signal } as const;
    const created = await client.json<{ Id: string; Warnings?: readonly string[] | null }>(request);
    id = created.Id;
    await refuseIgnoredLimits(client, spec, id, created.Warnings ?? [], signal);
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    const existing = await inspectByName(client, spec.name, signal);
    if (!existing) return 'name-busy';
    if (!hasIdentity(existing.Config.Labels, spec)) throw nameTaken(spec, existing);
    if (existing.State.Status !== 'created') return 'started';
    id = existing.Id;
  }
  return start(client, spec, id, place.image, signal);
}

async function start(
  client: EngineClient,
  spec: InstanceSpec,
  id: string,
  image: string,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    await ownVolumes(client, spec, image, signal);
    await client.json({ method: 'POST', path: `/containers/${id}/start`, signal });
    return 'started';
  } catch (error) {
    const status = statusOf(error);
    if (signal.aborted || status === undefined) throw error;
    await discard(client, spec, id, signal);
    if (/network .*not found/i.test(engineWords(error))) return 'network-gone';
    if (status !== 404) throw error;
    throw new MoorageError(
      'unavailable',
      `Cannot create instance "${spec.name}": it was removed by others while it was being started`,
      {
        operation: 'driver.create',
        cause: error,
      },
    );
  }
}

/** An engine that cannot hold a limit says so in a warning and goes on; we do not. */
async function refuseIgnoredLimits(
  client: EngineClient,
  spec: InstanceSpec,
  id: string,
  warnings: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const ignored = warnings.find((warning) =>
    /limitation discarded|pids limit.*discarded|storage.*ignored/i.test(warning),
  );
  if (ignored === undefined) return;
  await discard(client, spec, id, signal);
  throw unsupported(spec, `a limit that the engine does not hold ("${ignored}")`, 'Leave that limit out');
}

async function discard(client: EngineClient, spec: InstanceSpec, id: string, signal: AbortSignal): Promise<void> {
  try {
    if (spec.volumes.length > 0) await removeHelperOf(client, spec.name, spec.owner, signal);
    await client.json({ method: 'DELETE', path: `/containers/${id}`, query: { force: true, v: true }, signal });
  } catch {
    // Best effort: what stays is listed as half made and removed by the host.
  }
}

function nameTaken(spec: InstanceSpec, existing: ContainerDetails): MoorageError {
  return new MoorageError(
    'already_exists',
    `Cannot create instance "${spec.name}": a container of that name is there that is not ours. Rename or remove it`,
    { operation: 'driver.create', context: { container: segment(existing.Id).slice(0, 12) } },
  );
}

function unsupported(spec: InstanceSpec, what: string, wayOut: string): MoorageError {
  return new MoorageError(
    'unsupported',
    `Cannot create instance "${spec.name}": the Docker driver cannot run ${what}. ${wayOut}`,
    {
      operation: 'driver.create',
    },
  );
}

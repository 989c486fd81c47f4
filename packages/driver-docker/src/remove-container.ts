import type { InstanceName, OwnerId } from '@moorage/core/driver';
import { statusOf } from './classify-error.js';
import type { EngineClient } from './engine-client.js';
import type { ContainerDetails } from './engine-types.js';
import { findOwned } from './find-container.js';
import { label } from './labels.js';
import type { CountersCache } from './measure-usage.js';
import type { TenantNetworks } from './tenant-networks.js';
import { unlessStatus } from './unless-status.js';
import { removeHelperOf } from './volume-helper.js';
import { removeVolumes } from './volumes.js';

export interface RemoveTools {
  readonly client: EngineClient;
  readonly networks: TenantNetworks;
  readonly counters: CountersCache;
  /**
   * When each container that was asked to end is killed, in ms of `performance.now()`, by container id: a call that is
   * made again waits for the rest of the grace only, and sends no second SIGTERM.
   */
  readonly ending: Map<string, number>;
}

export interface RemoveOptions {
  readonly owner: OwnerId;
  readonly graceMs: number;
  readonly purge: boolean;
  readonly signal: AbortSignal;
}

/**
 * Ends and deletes the instance, then networks (and with `purge` volumes) that nothing uses any more. Safe to call
 * again.
 */
export async function removeContainer(tools: RemoveTools, name: InstanceName, options: RemoveOptions): Promise<void> {
  const { client, networks, ending } = tools;
  const { owner, signal } = options;
  const found = await findOwned(client, name, owner, signal);
  if (found) {
    // Before the instance itself, by which alone a helper of a call that died is found.
    if (found.State.Status === 'created') await removeHelperOf(client, name, owner, signal);
    if (found.State.Running && options.graceMs > 0) await endGently(tools, found, options);
    const query = { force: true, v: true };
    await client
      .json({ method: 'DELETE', path: `/containers/${found.Id}`, query, signal })
      .catch(unlessStatus(404, 409));
    ending.delete(found.Id);
    tools.counters.delete(found.Id);
  }
  const deployment = found?.Config.Labels?.[label.deployment] ?? deploymentOf(name);
  if (options.purge && deployment !== undefined) await removeVolumes(client, owner, deployment, signal);
  await networks.collect(owner, signal);
}

async function endGently(tools: RemoveTools, found: ContainerDetails, options: RemoveOptions): Promise<void> {
  const { client, ending } = tools;
  const { signal } = options;
  const path = `/containers/${found.Id}`;
  if (!ending.has(found.Id)) {
    if (found.State.Paused) {
      await client.json({ method: 'POST', path: `${path}/unpause`, signal }).catch(unlessStatus(404, 409, 500));
    }
    await client
      .json({ method: 'POST', path: `${path}/kill`, query: { signal: 'SIGTERM' }, signal })
      .catch(unlessStatus(404, 409));
    ending.set(found.Id, performance.now() + options.graceMs);
  }
  const left = Math.ceil((ending.get(found.Id) ?? 0) - performance.now());
  if (left <= 0) return;
  const grace = AbortSignal.timeout(left);
  try {
    await client.json({ method: 'POST', path: `${path}/wait`, signal: AbortSignal.any([signal, grace]) });
  } catch (error) {
    if (signal.aborted || !(grace.aborted || statusOf(error) === 404)) throw error;
  }
}

/** From the name, for an instance that is gone while its deployment's volumes are still there. */
function deploymentOf(name: InstanceName): string | undefined {
  return /^moor-(.+)-\d+-[^-]+-\d+$/.exec(name)?.[1];
}

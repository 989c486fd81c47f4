import type { Host } from '@moorage/core';
import type { Authenticate } from '@moorage/http';
import type { ChosenDriver } from './choose-driver.js';
import type { Closers } from './closers.js';
import { dockerBridge } from './docker-bridge.js';
import type { DriverName, Settings } from './settings.js';
import { usageAddress } from './usage-address.js';
import { openUsageDoor } from './usage-door.js';
import { usageTarget } from './usage-target.js';

export interface UsageParts {
  readonly settings: Settings;
  readonly driver: ChosenDriver;
  /** Port of the API. */
  readonly port: number;
  readonly host: Host;
  readonly authenticate: Authenticate;
  readonly closers: Closers;
}

interface Place {
  readonly url: string | undefined;
  /** Where a narrow listener is needed for it. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
}

/** Opens the way by which agents report usage, and gives its URL; undefined where they cannot reach this host. */
export async function openUsage(parts: UsageParts): Promise<string | undefined> {
  const { settings, driver, port, host, authenticate, closers } = parts;
  const { name } = driver;
  const { url, listen } =
    name === 'kubernetes' ? clusterPlace(settings, port) : await machinePlace(name, settings.host, port);
  if (url === undefined || listen === undefined) return url;
  const door = await openUsageDoor(host, authenticate, listen.host, listen.port);
  if (door) closers.add(door.stop);
  else if (name === 'kubernetes') {
    const words = `this machine cannot listen at port ${listen.port} of ${listen.host}`;
    throw new Error(
      `MOORAGE_USAGE_URL is "${url}": ${words}. Give an address of this machine, and a port that is free`,
    );
  }
  return door && url;
}

/** Agents of a cluster reach nothing private but their own, until it is said where. */
function clusterPlace({ kubernetes: { usageUrl }, host }: Settings, port: number): Place {
  if (usageUrl === undefined) return { url: undefined, listen: undefined };
  return { url: usageUrl.href, listen: usageTarget(usageUrl, { host, port }).listen };
}

async function machinePlace(name: Exclude<DriverName, 'kubernetes'>, served: string, port: number): Promise<Place> {
  const { host, listen } = usageAddress(name, served, {
    platform: process.platform,
    dockerHost: process.env.DOCKER_HOST,
    bridge: name === 'docker' ? await dockerBridge() : undefined,
  });
  const url = host === undefined ? undefined : `http://${host}:${port}/v1/usage`;
  return { url, listen: listen === undefined ? undefined : { host: listen, port } };
}

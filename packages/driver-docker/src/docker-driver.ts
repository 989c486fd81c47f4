import type { ContainerDriver, Unsubscribe } from '@moorage/core/driver';
import { callRunner } from './call-runner.js';
import { createContainer } from './create-container.js';
import { dockerClient } from './docker-client.js';
import { type DockerDriverOptions, toCapabilities, toSettings } from './driver-settings.js';
import { engineMarker } from './engine-marker.js';
import { type DetailsCache, listInstances } from './list-instances.js';
import { type CountersCache, measureUsage } from './measure-usage.js';
import { parkContainer, unparkContainer } from './park-container.js';
import { readLogs } from './read-logs.js';
import { removeContainer } from './remove-container.js';
import { tenantNetworks } from './tenant-networks.js';
import { watchEvents } from './watch-events.js';

/**
 * Runs agents as containers of a Docker Engine (API 1.41 or newer). Nothing is opened before the first call. Throws
 * `invalid_argument` for options that cannot be used.
 */
export function dockerDriver(options: DockerDriverOptions = {}): ContainerDriver {
  const settings = toSettings(options);
  const client = dockerClient(settings.connection);
  const marker = engineMarker(client);
  const networks = tenantNetworks(client, settings.networkRange);
  const details: DetailsCache = new Map();
  const counters: CountersCache = new Map();
  const watches = new Set<Unsubscribe>();
  const createTools = { ...settings, client, marker, networks };
  const listTools = { client, marker, details, engineHost: settings.engineHost };
  const removeTools = { client, networks, counters, ending: new Map<string, number>() };
  const calls = callRunner(client.address);
  const named = (operation: string, action: string, { signal }: { readonly signal: AbortSignal }) => ({
    operation: `driver.${operation}`,
    action,
    signal,
  });

  return {
    contract: 1,
    name: 'docker',
    level: 'container',
    capabilities: toCapabilities(settings),
    list: ({ owner }, call) =>
      calls.run(named('list', 'Cannot list instances', call), (signal) => listInstances(listTools, owner, signal)),
    create: (spec, call) =>
      calls.run(named('create', `Cannot create instance "${spec.name}"`, call), (signal) =>
        createContainer(createTools, spec, { signal, onProgress: call.onProgress }),
      ),
    remove: (name, call) =>
      calls.run(named('remove', `Cannot remove instance "${name}"`, call), (signal) =>
        removeContainer(removeTools, name, { ...call, signal }),
      ),
    park: (name, depth, call) =>
      calls.run(named('park', `Cannot park instance "${name}"`, call), (signal) =>
        parkContainer(client, name, call.owner, depth, signal),
      ),
    unpark: (name, call) =>
      calls.run(named('unpark', `Cannot unpark instance "${name}"`, call), (signal) =>
        unparkContainer(client, name, call.owner, signal),
      ),
    usage: (names, call) =>
      calls.run(named('usage', 'Cannot measure usage', call), (signal) =>
        measureUsage(client, counters, names, call.owner, signal),
      ),
    logs: (name, call) =>
      calls.stream(
        { ...named('logs', `Cannot read the logs of instance "${name}"`, call), follow: call.follow },
        (signal) => readLogs(client, name, { ...call, signal }),
      ),
    watch({ owner }, hint) {
      if (calls.closed) return () => undefined;
      const stop = watchEvents(client, owner, hint);
      watches.add(stop);
      return () => {
        watches.delete(stop);
        stop();
      };
    },
    async close() {
      calls.close();
      for (const stop of watches) stop();
      watches.clear();
    },
  };
}

import {
  type ContainerDriver,
  type DriverCapabilities,
  type LogLine,
  MoorageError,
  type Unsubscribe,
} from '@moorage/core/driver';
import { callScopes } from './call-scopes.js';
import { classifyError } from './classify-error.js';
import { type Connection, type ConnectionOptions, toConnection } from './connection.js';
import { createContainer } from './create-container.js';
import { dockerClient } from './docker-client.js';
import { engineMarker } from './engine-marker.js';
import type { Credentials } from './ensure-image.js';
import { type DetailsCache, listInstances } from './list-instances.js';
import { type CountersCache, measureUsage } from './measure-usage.js';
import { parkContainer, unparkContainer } from './park-container.js';
import { pickSubnet } from './pick-subnet.js';
import { readLogs } from './read-logs.js';
import { removeContainer } from './remove-container.js';
import { tenantNetworks } from './tenant-networks.js';
import { watchEvents } from './watch-events.js';

export interface DockerDriverOptions extends ConnectionOptions {
  /** IPv4 range whose /26 blocks become the tenants' networks. Default `10.213.0.0/16`: 1 024 of them. */
  readonly networkRange?: string | undefined;
  /**
   * Address of the engine's machine on which agents' ports are published. Default `127.0.0.1`. With any but a loopback address tenants
   * reach each other's ports through it, so the driver then reports no isolation.
   */
  readonly publishHost?: string | undefined;
  /** Logins for pulls and builds, by registry as in the image's name; `docker.io` for names without one. Never logged. */
  readonly credentials?: Credentials | undefined;
  /** Bytes of log kept of each instance, in two files of half of it, at least 4 096. Default 10 MiB. */
  readonly logMaxBytes?: number | undefined;
  /** The storage driver has quotas (overlay2 on xfs with pquota, btrfs, zfs): take disk limits. Default false: refused. */
  readonly diskLimits?: boolean | undefined;
}

const defaultLogMaxBytes = 10 * 1024 * 1024;
const defaultNetworkRange = '10.213.0.0/16';

/**
 * Runs agents as containers of a Docker Engine (API 1.41 or newer). Nothing is opened before the first call. Throws
 * `invalid_argument` for options that cannot be used.
 */
export function dockerDriver(options: DockerDriverOptions = {}): ContainerDriver {
  const settings = checkOptions(options);
  const { connection, local } = settings;
  const client = dockerClient(connection);
  const marker = engineMarker(client);
  const networks = tenantNetworks(client, settings.networkRange);
  const details: DetailsCache = new Map();
  const counters: CountersCache = new Map();
  const ending = new Map<string, number>();
  const scopes = callScopes();
  const watches = new Set<Unsubscribe>();
  const createTools = { ...settings, client, marker, networks };
  const listTools = { client, marker, details, engineHost: local ? '127.0.0.1' : hostOf(connection) };
  const removeTools = { client, networks, ending };

  /** Runs one call under its signal; whatever it throws leaves as a `MoorageError`. */
  const run = async <T>(
    operation: string,
    action: string,
    callerSignal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const scope = scopes.begin(callerSignal, operation);
    try {
      return await work(scope.signal);
    } catch (error) {
      throw classifyError(error, { operation, action, signal: scope.signal, address: client.address });
    } finally {
      scope.end();
    }
  };

  async function* logs(...[name, call]: Parameters<NonNullable<ContainerDriver['logs']>>): AsyncGenerator<LogLine> {
    const scope = scopes.begin(call.signal, 'driver.logs');
    const { signal } = scope;
    try {
      yield* readLogs(client, name, { ...call, signal });
    } catch (error) {
      // Whoever follows ends it by the signal; that is no failure.
      if (call.follow && call.signal.aborted) return;
      throw classifyError(error, {
        operation: 'driver.logs',
        action: `Cannot read the logs of "${name}"`,
        signal,
        address: client.address,
      });
    } finally {
      scope.end();
    }
  }

  return {
    contract: 1,
    name: 'docker',
    level: 'container',
    capabilities: toCapabilities(settings),
    list: ({ owner }, call) =>
      run('driver.list', 'Cannot list instances', call.signal, (signal) => listInstances(listTools, owner, signal)),
    create: (spec, call) =>
      run('driver.create', `Cannot create instance "${spec.name}"`, call.signal, (signal) =>
        createContainer(createTools, spec, { signal, onProgress: call.onProgress }),
      ),
    remove: (name, call) =>
      run('driver.remove', `Cannot remove instance "${name}"`, call.signal, (signal) =>
        removeContainer(removeTools, name, { ...call, signal }),
      ),
    park: (name, depth, call) =>
      run('driver.park', `Cannot park instance "${name}"`, call.signal, (signal) =>
        parkContainer(client, name, call.owner, depth, signal),
      ),
    unpark: (name, call) =>
      run('driver.unpark', `Cannot unpark instance "${name}"`, call.signal, (signal) =>
        unparkContainer(client, name, call.owner, signal),
      ),
    usage: (names, call) =>
      run('driver.usage', 'Cannot measure usage', call.signal, (signal) =>
        measureUsage(client, counters, names, call.owner, signal),
      ),
    logs,
    watch({ owner }, hint) {
      if (scopes.closed) return () => undefined;
      const stop = watchEvents(client, owner, hint);
      watches.add(stop);
      return () => {
        watches.delete(stop);
        stop();
      };
    },
    async close() {
      scopes.close();
      for (const stop of watches) stop();
      watches.clear();
    },
  };
}

interface Settings {
  readonly connection: Connection;
  /** The engine runs on this machine's own kernel: containers' addresses can be reached from here. */
  readonly local: boolean;
  readonly networkRange: string;
  readonly publishHost: string;
  readonly credentials: Credentials;
  readonly logMaxBytes: number;
  readonly diskLimits: boolean;
}

function checkOptions(options: DockerDriverOptions): Settings {
  const { networkRange = defaultNetworkRange, logMaxBytes = defaultLogMaxBytes } = options;
  pickSubnet(networkRange, 26, [], 0);
  if (!Number.isInteger(logMaxBytes) || logMaxBytes < 4096) {
    throw new MoorageError(
      'invalid_argument',
      `Cannot use logMaxBytes ${logMaxBytes}: give a whole number of at least 4096`,
      {
        operation: 'dockerDriver',
        context: { field: 'logMaxBytes', value: logMaxBytes },
      },
    );
  }
  const connection = readConnection(options);
  return {
    connection,
    local: connection.kind === 'socket' && process.platform === 'linux',
    networkRange,
    publishHost: options.publishHost ?? '127.0.0.1',
    credentials: options.credentials ?? {},
    logMaxBytes,
    diskLimits: options.diskLimits ?? false,
  };
}

function readConnection(options: DockerDriverOptions): Connection {
  try {
    return toConnection(options, process.env);
  } catch (cause) {
    throw new MoorageError('invalid_argument', `Cannot use the engine's address: ${String(cause)}`, {
      operation: 'dockerDriver',
      context: { field: 'host', value: options.host ?? process.env.DOCKER_HOST },
      cause,
    });
  }
}

function toCapabilities({ publishHost, local, diskLimits }: Settings): DriverCapabilities {
  return Object.freeze({
    isolation: /^127\.|^::1$|^localhost$/.test(publishHost),
    sources: Object.freeze(['image', 'build'] as const),
    limits: Object.freeze({ cpu: true, memory: true, disk: diskLimits, pids: true }),
    park: Object.freeze(['pause', 'stop'] as const),
    egressControl: local,
    volumes: true,
    logs: true,
    watch: true,
    usage: Object.freeze(['cpu', 'memory', 'network'] as const),
    runs: false,
  });
}

function hostOf(connection: Connection): string {
  return connection.kind === 'tcp' ? connection.hostname : '127.0.0.1';
}

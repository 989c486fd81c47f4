import { type DriverCapabilities, MoorageError } from '@moorage/core/driver';
import { type Connection, type ConnectionOptions, toConnection } from './connection.js';
import type { Credentials } from './ensure-image.js';
import { pickSubnet } from './pick-subnet.js';

export interface DockerDriverOptions extends ConnectionOptions {
  /** IPv4 range whose /26 blocks become the tenants' networks. Default `10.213.0.0/16`: 1 024 of them. */
  readonly networkRange?: string | undefined;
  /**
   * Address of the engine's machine on which agents' ports are published. Default `127.0.0.1`. With any but a loopback
   * address tenants reach each other's ports through it, so the driver then reports no isolation.
   */
  readonly publishHost?: string | undefined;
  /**
   * Logins for pulls and builds, by registry as in the image's name; `docker.io` for names without one. Never logged.
   */
  readonly credentials?: Credentials | undefined;
  /** Bytes of log kept of each instance, in two files of half of it, at least 4 096. Default 10 MiB. */
  readonly logMaxBytes?: number | undefined;
  /**
   * The storage driver has quotas (overlay2 on xfs with pquota, btrfs, zfs): take disk limits. Default false: refused.
   */
  readonly diskLimits?: boolean | undefined;
}

const defaultLogMaxBytes = 10 * 1024 * 1024;
const defaultNetworkRange = '10.213.0.0/16';

/** The options with every default filled in. */
export interface DriverSettings {
  readonly connection: Connection;
  /** The engine runs on this machine's own kernel: containers' addresses can be reached from here. */
  readonly local: boolean;
  /** Where a port is reached that is published on every address of the engine's machine. */
  readonly engineHost: string;
  readonly networkRange: string;
  readonly publishHost: string;
  readonly credentials: Credentials;
  readonly logMaxBytes: number;
  readonly diskLimits: boolean;
}

/** Errors: `invalid_argument`, naming the field. */
export function toSettings(options: DockerDriverOptions): DriverSettings {
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
    engineHost: connection.kind === 'tcp' ? connection.hostname : '127.0.0.1',
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

/** Frozen, and the same for every driver with these settings. */
export function toCapabilities({ publishHost, local, diskLimits }: DriverSettings): DriverCapabilities {
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

/** Where the engine answers. */
export type Connection =
  | { readonly kind: 'socket'; readonly socketPath: string }
  | {
      readonly kind: 'tcp';
      readonly url: string;
      readonly hostname: string;
      readonly port: number;
      readonly tls: boolean;
    };

export interface ConnectionOptions {
  /** Unix socket or named pipe of the engine. Wins over `host`. */
  readonly socketPath?: string | undefined;
  /** As `DOCKER_HOST`: `unix:///path`, `tcp://host:port`. Default: `DOCKER_HOST`, else `/var/run/docker.sock`. */
  readonly host?: string | undefined;
}

const defaultSocket = '/var/run/docker.sock';

/** Pure: options and environment in, address out. Throws `TypeError` for an address that cannot be read. */
export function toConnection(
  options: ConnectionOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Connection {
  if (options.socketPath) return { kind: 'socket', socketPath: options.socketPath };
  const host = options.host || environment.DOCKER_HOST;
  if (!host) return { kind: 'socket', socketPath: defaultSocket };
  if (host.startsWith('unix://')) return { kind: 'socket', socketPath: host.slice('unix://'.length) || defaultSocket };
  if (host.startsWith('npipe://')) return { kind: 'socket', socketPath: host.slice('npipe://'.length) };
  if (host.startsWith('/')) return { kind: 'socket', socketPath: host };
  const url = new URL(host.includes('://') ? host : `tcp://${host}`);
  if (!['tcp:', 'http:', 'https:'].includes(url.protocol)) {
    throw new TypeError(`Cannot reach an engine at "${host}": use unix:///path or tcp://host:port`);
  }
  const tls = url.protocol === 'https:' || environment.DOCKER_TLS_VERIFY === '1' || url.port === '2376';
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  return { kind: 'tcp', url: host, hostname, port: Number(url.port || (tls ? 2376 : 2375)), tls };
}

/** For messages: the address as a person would write it. */
export function describeConnection(connection: Connection): string {
  return connection.kind === 'socket' ? connection.socketPath : connection.url;
}

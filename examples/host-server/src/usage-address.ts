import type { DriverName } from './settings.js';
import { isLoopback } from './token.js';

/** Where agents find the host, seen from inside. */
export interface UsageAddress {
  /** Name or address for the URL; undefined when agents cannot reach the host. */
  readonly host: string | undefined;
  /** Address of this machine on which a second, narrow listener is needed for them. */
  readonly listen: string | undefined;
}

/**
 * Agents that are processes share the host's loopback. Containers do not: on Linux they reach the engine's own bridge
 * (`docker0`), where only the usage route is served; Docker Desktop has a name for it. A remote engine cannot reach us.
 */
export function usageAddress(
  driver: Exclude<DriverName, 'kubernetes'>,
  host: string,
  environment: {
    readonly platform: string;
    readonly dockerHost: string | undefined;
    readonly bridge: string | undefined;
  },
): UsageAddress {
  if (driver === 'memory') return { host: undefined, listen: undefined };
  const everywhere = host === '0.0.0.0' || host === '::';
  if (driver === 'process') return { host: everywhere ? '127.0.0.1' : bracketed(host), listen: undefined };
  const { platform, dockerHost, bridge } = environment;
  if (dockerHost && !/^(unix|npipe):\/\//.test(dockerHost)) return { host: undefined, listen: undefined };
  if (platform !== 'linux') return { host: 'host.docker.internal', listen: undefined };
  if (!everywhere && !isLoopback(host)) return { host: bracketed(host), listen: undefined };
  return { host: bridge, listen: everywhere ? undefined : bridge };
}

const bracketed = (host: string) => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

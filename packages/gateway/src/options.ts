export interface GatewayOptions {
  /** Where the addresses listen. [127.0.0.1] */
  readonly host?: string | undefined;
  /** Host name written into URLs. [`host`; 127.0.0.1 where that means every interface] */
  readonly publicHost?: string | undefined;
  /** Requests that may wait at one address while no backend is ready. [100] */
  readonly maxWaiting?: number | undefined;
  /** How long a request waits for a backend before it is answered 503. [30 000] */
  readonly waitMs?: number | undefined;
  /** Longest time from the end of a request to the head of its answer; 504 then. [300 000] */
  readonly answerTimeoutMs?: number | undefined;
  /** Time to open a connection to a backend before another one is tried. [5 000] */
  readonly connectTimeoutMs?: number | undefined;
  /** Bytes of the headers of a request or an answer. [65 536] */
  readonly maxHeaderBytes?: number | undefined;
  /** How long requests in flight may go on when their address is released. [1 000] */
  readonly releaseGraceMs?: number | undefined;
}

export interface GatewaySettings {
  readonly host: string;
  readonly publicHost: string;
  readonly maxWaiting: number;
  readonly waitMs: number;
  readonly answerTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly releaseGraceMs: number;
}

const everyInterface: ReadonlySet<string> = new Set(['0.0.0.0', '::', '']);

export function gatewaySettings(options: GatewayOptions): GatewaySettings {
  const host = options.host ?? '127.0.0.1';
  return {
    host,
    publicHost: options.publicHost ?? (everyInterface.has(host) ? '127.0.0.1' : host),
    maxWaiting: options.maxWaiting ?? 100,
    waitMs: options.waitMs ?? 30_000,
    answerTimeoutMs: options.answerTimeoutMs ?? 300_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    maxHeaderBytes: options.maxHeaderBytes ?? 65_536,
    releaseGraceMs: options.releaseGraceMs ?? 1_000,
  };
}

/** An address as the part of a URL between `//` and the path. */
export function authority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

import type { Readable } from 'node:stream';

/** One request to the engine's API. Every one carries a signal: none may outlive its call. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without query. Parts that come from outside are encoded by {@link segment}. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>> | undefined;
  readonly body?: object | undefined;
  /** A tar archive to send. */
  readonly upload?: Readable | Buffer | undefined;
  /** Credentials of one registry, for a pull. */
  readonly registryAuth?: RegistryAuth | undefined;
  /** Credentials by registry, for a build. */
  readonly registryConfig?: Readonly<Record<string, RegistryAuth>> | undefined;
  readonly signal: AbortSignal;
}

export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
  readonly serveraddress?: string | undefined;
}

/**
 * The engine, as the rest of the package sees it. Rejects with what the vendor's client gave; `classifyError` reads it.
 */
export interface EngineClient {
  /** For messages. */
  readonly address: string;
  /** One JSON answer; undefined where the engine sends none. */
  json<T>(request: EngineRequest): Promise<T>;
  /** The body as it comes; the reader ends or destroys it, or a socket leaks. */
  stream(request: EngineRequest): Promise<Readable>;
}

/** Encodes one part of a path. */
export function segment(value: string): string {
  return encodeURIComponent(value);
}

import type { Logger } from '@moorage/core';
import type { AgentEnv } from './agent-env.js';
import type { HostManifestOptions } from './host-manifest.js';
import type { Authenticate } from './principal.js';

/** One answer, for an access log. Holds no query and no header: both may carry secrets. */
export interface AnswerNote {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Until the answer began, in ms. */
  readonly durationMs: number;
}

/** What `createHttp` takes. */
export interface HttpOptions {
  /** The operator's bearer token. Without it and without `authenticate` only callers on this machine are served. */
  readonly token?: string | undefined;
  /** An identity provider; takes the place of `token`. */
  readonly authenticate?: Authenticate | undefined;
  /** What the host says of itself at `/v1/manifest`. */
  readonly manifest?: HostManifestOptions | undefined;
  /** Largest body that is read. [1 MiB] */
  readonly bodyLimitBytes?: number | undefined;
  /** For a body to arrive, and for an answer to begin; waiting that the caller asked for comes on top. [30 000] */
  readonly requestTimeoutMs?: number | undefined;
  /** Where callers reach this API, for the agent card and the OpenAPI page. [as the request came] */
  readonly publicUrl?: string | undefined;
  /** Path that the API is mounted under where the server does not take it off itself, e.g. `/moorage`. [none] */
  readonly prefix?: string | undefined;
  /** Between two signs of life on event streams, log streams and WebSockets. [15 000] */
  readonly heartbeatMs?: number | undefined;
  /** Variables for every agent that is deployed over HTTP. [none] */
  readonly agentEnv?: AgentEnv | undefined;
  /** Told of failures inside the host, which the answers do not show. [silent] */
  readonly logger?: Logger | undefined;
  /** Called once for each answer. [not] */
  readonly onAnswer?: ((note: AnswerNote) => void) | undefined;
}

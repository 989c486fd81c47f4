import http, { type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { MoorageError } from '@moorage/core/driver';
import { apiFailure } from './classify-error.js';

export interface ConnectionOptions {
  /** Path of a kubeconfig file. Default: `KUBECONFIG`, else the user's own file, else the pod's service account. */
  readonly kubeconfig?: string | undefined;
  /** Context of the kubeconfig. Default: its current one. */
  readonly context?: string | undefined;
}

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Media type of the body. Default `application/json`. */
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal: AbortSignal;
}

/** The API server, spoken to directly. Throws what the network, the signal or `apiFailure` gives. */
export interface KubeClient {
  /** Address of the API server, for messages; "the cluster" until it is known. */
  readonly address: string;
  json<T>(request: KubeRequest): Promise<T>;
  /** The answer's body as it comes; the caller has to read it or destroy it. */
  stream(request: KubeRequest): Promise<IncomingMessage>;
  close(): void;
}

interface Target {
  readonly server: URL;
  readonly config: KubeConfig;
}

/** A connection on which nothing comes for so long is not waited for: the cluster may be gone behind it. */
const defaultAnswerMs = 15_000;

/**
 * Reads the kubeconfig at the first request, and loads the vendor's client then: who never calls pays nothing.
 * `answerMs`: longest silence of `json`; who takes a `stream` has to watch it.
 */
export function kubeClient(options: ConnectionOptions, answerMs = defaultAnswerMs): KubeClient {
  let target: Promise<Target> | undefined;
  let address = 'the cluster';
  const agents = agentPool();

  const connect = (): Promise<Target> => {
    target ??= readTarget(options).then((found) => {
      address = found.server.href.replace(/\/$/, '');
      return found;
    });
    // A kubeconfig that could not be read may be there the next time.
    target.catch(() => {
      target = undefined;
    });
    return target;
  };

  const open = async (request: KubeRequest, silenceMs?: number): Promise<IncomingMessage> => {
    const { server, config } = await connect();
    const prepared: RequestOptions = { headers: {} };
    if (server.protocol === 'https:') await config.applyToHTTPSOptions(prepared);
    const agent = agents.for(server, prepared, hasProxy(config));
    request.signal.throwIfAborted();
    const response = await send(server, request, { prepared, agent, silenceMs });
    if ((response.statusCode ?? 500) < 300) return response;
    throw apiFailure(response.statusCode ?? 500, await textOf(response));
  };

  return {
    get address() {
      return address;
    },
    stream: (request) => open(request),
    async json<T>(request: KubeRequest) {
      try {
        return JSON.parse(await textOf(await open(request, answerMs))) as T;
      } catch (error) {
        // Where one connection is dead, those that were kept beside it are, too.
        if ((error as { code?: unknown }).code === 'ETIMEDOUT') agents.dropKept();
        throw error;
      }
    },
    close: () => agents.close(),
  };
}

async function readTarget({ kubeconfig, context }: ConnectionOptions): Promise<Target> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  const named = kubeconfig ?? (process.env.KUBECONFIG || 'default');
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw unusable(`Cannot read the kubeconfig "${named}" (${words}): set KUBECONFIG to one`, kubeconfig, cause);
  }
  if (kubeconfig === undefined && isMadeUp(config)) {
    const words = 'there is no .kube/config in the home folder, and this is no pod';
    throw unusable(`Cannot find a cluster: KUBECONFIG is not set, ${words}. Set KUBECONFIG to a kubeconfig`, undefined);
  }
  if (context !== undefined && !config.getContextObject(context)) {
    const known = config.getContexts().map(({ name }) => `"${name}"`);
    const words = `Cannot use the context "${context}": the kubeconfig has ${known.join(', ') || 'none'}`;
    throw unusable(words, context);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw unusable('Cannot find a cluster: set KUBECONFIG to a kubeconfig whose current context names one', kubeconfig);
  }
  return { server: new URL(cluster.server), config };
}

/** Where it finds nothing, the vendor's client makes a cluster up. */
function isMadeUp(config: KubeConfig): boolean {
  return (
    !process.env.KUBECONFIG &&
    config.getCurrentContext() === 'loaded-context' &&
    config.getCurrentCluster()?.server === 'http://localhost:8080'
  );
}

function unusable(message: string, value: string | undefined, cause?: unknown): MoorageError {
  return new MoorageError('invalid_argument', message, {
    operation: 'kubernetesDriver',
    context: { field: 'kubeconfig', value },
    cause,
  });
}

function hasProxy(config: KubeConfig): boolean {
  return Boolean((config.getCurrentCluster() as { readonly proxyUrl?: string } | null)?.proxyUrl);
}

/** One pool of connections while the credentials stay the same; the vendor's client makes one for each request. */
function agentPool() {
  let current: { readonly key: string; readonly agent: http.Agent } | undefined;
  return {
    for(server: URL, prepared: RequestOptions, proxied: boolean): http.Agent | undefined {
      if (proxied) return prepared.agent as http.Agent;
      const { ca, cert, key, rejectUnauthorized, servername } = prepared;
      const identity = [server.href, ca, cert, key, rejectUnauthorized, servername].map(String).join('\n');
      if (current?.key === identity) return current.agent;
      current?.agent.destroy();
      const shared = { keepAlive: true, maxFreeSockets: 8 };
      const tls = { ca, cert, key, ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }) };
      const agent =
        server.protocol === 'https:'
          ? new https.Agent({ ...shared, ...tls, ...(servername === undefined ? {} : { servername }) })
          : new http.Agent(shared);
      current = { key: identity, agent };
      return agent;
    },
    dropKept() {
      for (const sockets of Object.values(current?.agent.freeSockets ?? {})) {
        for (const socket of sockets ?? []) socket.destroy();
      }
    },
    close: () => current?.agent.destroy(),
  };
}

/** How a request goes out. */
interface Way {
  readonly prepared: RequestOptions;
  readonly agent: http.Agent | undefined;
  /** Longest silence before it is given up; undefined: none. */
  readonly silenceMs: number | undefined;
}

async function send(server: URL, request: KubeRequest, way: Way, again = true): Promise<IncomingMessage> {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const { promise, reused } = sendOnce(server, request, way, body);
  try {
    return await promise;
  } catch (error) {
    // A kept connection may have been closed by the other side just then; nothing has been done on it.
    const stale = reused() && (error as { code?: unknown }).code === 'ECONNRESET' && !request.signal.aborted;
    if (stale && again && request.method !== 'POST') return send(server, request, way, false);
    throw error;
  }
}

function sendOnce(
  server: URL,
  request: KubeRequest,
  { prepared, agent, silenceMs }: Way,
  body: string | undefined,
): { readonly promise: Promise<IncomingMessage>; reused(): boolean } {
  const url = new URL(server.href.replace(/\/$/, '') + request.path);
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  const headers = {
    ...prepared.headers,
    accept: request.accept ?? 'application/json',
    'user-agent': 'moorage-driver-k8s',
    ...(body === undefined
      ? {}
      : { 'content-type': request.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  const make = url.protocol === 'https:' ? https.request : http.request;
  const auth = prepared.auth === undefined ? {} : { auth: prepared.auth };
  const sent = make(url, { method: request.method, headers, agent, signal: request.signal, ...auth });
  const promise = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.on('error', reject);
    sent.once('socket', (socket) => socket.setKeepAlive(true, 15_000));
    if (silenceMs !== undefined) sent.setTimeout(silenceMs, () => sent.destroy(silence(silenceMs)));
    sent.end(body);
  });
  return { promise, reused: () => sent.reusedSocket };
}

function silence(ms: number): Error {
  return Object.assign(new Error(`nothing came from it for ${ms} ms`), { code: 'ETIMEDOUT' });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

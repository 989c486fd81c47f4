import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MoorageError } from '../errors.js';
import type { Manifest } from '../manifest.js';
import { parseManifest } from '../parse-manifest.js';
import { createActionRunner } from './action-runner.js';
import type { ActionHandler } from './agent-action.js';
import { type AgentHealth, createAgentRoutes } from './agent-routes.js';
import { createUsageReporter, type UsageReporter } from './usage-reporter.js';

export interface ServeAgentOptions {
  /** Checked by `parseManifest`: errors are those of it, warnings go to the log. */
  readonly manifest: unknown;
  /** By name. */
  readonly actions: Readonly<Record<string, ActionHandler>>;
  /** [the variable PORT, else `runtime.port` of the manifest, else 8080]; 0 takes a free one. */
  readonly port?: number | undefined;
  /** [0.0.0.0] */
  readonly host?: string | undefined;
  /** Asked at each `GET /health`. [ok] */
  readonly health?: (() => AgentHealth | Promise<AgentHealth>) | undefined;
  /** Actions at once; one more is refused with 429. [64] */
  readonly concurrency?: number | undefined;
  /** End on SIGTERM and SIGINT. [true] */
  readonly signals?: boolean | undefined;
  /** Where the variables of the host are read from. [process.env] */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Takes one line for a person. [stderr] */
  readonly log?: ((line: string) => void) | undefined;
}

export interface ServedAgent {
  /** Where this machine reaches it. */
  readonly url: string;
  /** Stops listening, lets what is in flight end for at most 5 s, reports the usage left. Idempotent. */
  close(): Promise<void>;
}

/** Longest time that an ending agent gives to what is in flight. */
const drainMs = 5_000;

/**
 * Makes an agent of a manifest and some functions: `GET /health` with load, `POST /actions`, `GET /manifest`, usage
 * reports to the host that runs it, and a graceful end on SIGTERM. Errors: `invalid_argument`, `unavailable` (the port
 * is taken).
 */
export async function serveAgent(options: ServeAgentOptions): Promise<ServedAgent> {
  const { env = process.env, log = logLine, host = '0.0.0.0' } = options;
  const { manifest, warnings } = parseManifest(options.manifest);
  for (const warning of warnings) log(`The manifest has a weakness: ${warning}`);
  const usage = usageReporter(manifest, env, log);
  let draining = false;
  const runner = createActionRunner({
    actions: options.actions,
    concurrency: options.concurrency ?? 64,
    timeoutMs: manifest.runtime?.timeout_ms,
    onDone: (action, durationMs) => usage?.track(action, durationMs),
    log,
  });
  const routes = createAgentRoutes({
    manifest,
    runner,
    health: options.health ?? (() => ({})),
    draining: () => draining,
    log,
  });
  const server = createServer((request, response) => void routes(request, response));
  await listen(server, options.port ?? portOf(manifest, env), host);

  const end = async () => {
    draining = true;
    const deadline = Date.now() + drainMs;
    await drain(server, drainMs - 1_000, () => runner.abort());
    await usage?.close(Math.max(500, deadline - Date.now()));
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    // The signals are listened to until the end: a second one must not cut the drain off.
    closing ??= end().finally(() => stopListening());
    return closing;
  };
  const stopListening = options.signals === false ? () => {} : onTermination(close, log);
  return { url: urlOf(server.address() as AddressInfo), close };
}

function usageReporter(
  manifest: Manifest,
  env: Readonly<Record<string, string | undefined>>,
  log: (line: string) => void,
): UsageReporter | undefined {
  const { MOORAGE_USAGE_URL: url, MOORAGE_USAGE_TOKEN: token, MOORAGE_CUSTOMER_ID: customerId } = env;
  if (!url) return undefined;
  if (!URL.canParse(url) || !customerId) {
    log('Usage is not reported: it takes a full URL in MOORAGE_USAGE_URL, and MOORAGE_CUSTOMER_ID');
    return undefined;
  }
  return createUsageReporter({ url, token, agentId: env.MOORAGE_AGENT_ID || manifest.agent_id, customerId, log });
}

function portOf(manifest: Manifest, env: Readonly<Record<string, string | undefined>>): number {
  const text = env.PORT;
  if (text === undefined || text === '') return manifest.runtime?.port ?? 8080;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new MoorageError(
    'invalid_argument',
    `Cannot listen: PORT is "${text}", but must be a whole number up to 65535`,
    {
      operation: 'agent.serve',
      context: { field: 'PORT' },
    },
  );
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `Cannot listen on ${host}:${port}: ${cause.message}. Free the port, or set PORT to another one`;
      reject(new MoorageError('unavailable', message, { operation: 'agent.serve', cause, context: { host, port } }));
    });
    server.listen(port, host, () => resolve());
  });
}

/** Ends when every connection has; what still runs after `timeoutMs` is aborted and cut off. */
async function drain(server: Server, timeoutMs: number, abort: () => void): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      abort();
      // One turn of the event loop, so that the aborted actions can still be answered.
      setTimeout(() => server.closeAllConnections(), 100);
    }, timeoutMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Ends the process with 0 once `close` is done. Returns what takes the listeners off again. */
function onTermination(close: () => Promise<void>, log: (line: string) => void): () => void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const handle = () => {
    close().then(
      () => process.exit(0),
      (thrown: unknown) => {
        log(`The agent could not end cleanly: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}

function urlOf({ address, family, port }: AddressInfo): string {
  if (family === 'IPv6') return `http://[${address === '::' ? '::1' : address}]:${port}`;
  return `http://${address === '0.0.0.0' ? '127.0.0.1' : address}:${port}`;
}

function logLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

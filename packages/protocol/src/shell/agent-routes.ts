import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { requestEnvelopeSchema } from '../envelope.js';
import { MoorageError } from '../errors.js';
import { describeIssues } from '../field-issue.js';
import type { Manifest } from '../manifest.js';
import { toPlainJson } from '../plain-json.js';
import type { ActionRunner } from './action-runner.js';
import { readJsonBody, sendJson, wireFailure } from './http-io.js';

/** What an agent says of its own health. */
export interface AgentHealth {
  /** [ok] `unhealthy` is answered with 503. */
  readonly status?: 'ok' | 'degraded' | 'unhealthy' | undefined;
  /** 0..1. [actions in flight, as a share of the limit] */
  readonly load?: number | undefined;
  readonly message?: string | undefined;
}

export interface AgentRoutesOptions {
  readonly manifest: Manifest;
  readonly runner: ActionRunner;
  readonly health: () => AgentHealth | Promise<AgentHealth>;
  readonly draining: () => boolean;
  readonly log: (line: string) => void;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Answers the agent's HTTP requests. The returned function never rejects. */
export function createAgentRoutes(options: AgentRoutesOptions): Handle {
  const healthPath = options.manifest.runtime?.health_path ?? '/health';
  const started = performance.now();
  const uptime = () => Math.floor(performance.now() - started) / 1000;
  const routes = new Map<string, readonly [method: string, handle: Handle]>([
    ['/health', ['GET', (_, response) => answerHealth(response, options, uptime)]],
    [healthPath, ['GET', (_, response) => answerHealth(response, options, uptime)]],
    [
      '/manifest',
      ['GET', async (_, response) => sendJson(response, 200, publicManifest(options.manifest), options.draining())],
    ],
    ['/actions', ['POST', (request, response) => answerAction(request, response, options)]],
  ]);
  return async (request, response) => {
    try {
      const path = (request.url ?? '/').split('?')[0] ?? '/';
      const [method, handle] = routes.get(path) ?? [];
      if (!handle || !method) throw noSuchPath(path, routes);
      const asked = request.method === 'HEAD' ? 'GET' : request.method;
      if (asked === method) return await handle(request, response);
      response.setHeader('allow', method);
      sendJson(response, 405, { error: wireFailure(wrongMethod(path, method)).error }, options.draining());
    } catch (thrown) {
      const { status, error } = wireFailure(thrown);
      sendJson(response, status, { error }, options.draining());
    }
  };
}

async function answerHealth(
  response: ServerResponse,
  options: AgentRoutesOptions,
  uptime: () => number,
): Promise<void> {
  if (options.draining()) return sendJson(response, 503, { status: 'draining', load: 1, uptime: uptime() }, true);
  try {
    const { status = 'ok', load = options.runner.load(), message } = await options.health();
    const body = { status, load, uptime: uptime(), ...(message === undefined ? {} : { message }) };
    sendJson(response, status === 'unhealthy' ? 503 : 200, body);
  } catch (thrown) {
    options.log(`The health function failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    sendJson(response, 503, {
      status: 'unhealthy',
      message: 'The health function of the agent failed',
      uptime: uptime(),
    });
  }
}

async function answerAction(
  request: IncomingMessage,
  response: ServerResponse,
  options: AgentRoutesOptions,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let id: string | number | undefined;
  try {
    if (options.draining()) {
      throw new MoorageError('unavailable', 'The agent ends and takes no new actions: try again', {
        operation: 'action',
      });
    }
    const envelope = readEnvelope(await readJsonBody(request));
    id = envelope.id;
    const { action, params = {} } = envelope;
    const { result, durationMs } = await options.runner.run(action, params, { id, signal: gone.signal });
    const body = id === undefined ? { result, action, duration_ms: durationMs } : { id, result };
    sendJson(response, 200, body, options.draining());
  } catch (thrown) {
    const { status, error } = wireFailure(thrown);
    sendJson(response, status, id === undefined ? { error } : { id, error }, options.draining());
  }
}

function readEnvelope(body: unknown) {
  const plain = toPlainJson(body, 'body');
  const parsed = plain.issue ? undefined : requestEnvelopeSchema.safeParse(plain.value);
  if (parsed?.success) return parsed.data;
  const issues = plain.issue
    ? [plain.issue]
    : describeIssues(parsed?.error.issues ?? [], plain.value, 'body', envelopeHints);
  const [first] = issues;
  throw new MoorageError('invalid_argument', `Cannot read the request: ${first?.message}. Way out: ${first?.fix}`, {
    operation: 'action',
    context: { field: first?.field, issues: issues.slice(0, 100) },
  });
}

const envelopeHints = {
  body: 'send {"action": "…", "params": {…}}, with or without an id',
  action: 'name one of the actions of GET /manifest',
  params: 'send an object, or leave it out',
  id: 'send a text of 1 to 255 characters or a whole number, or leave it out',
};

/** Everybody who reaches the agent may read its manifest: no value of its environment belongs there. */
function publicManifest(manifest: Manifest): Manifest {
  const { runtime } = manifest;
  if (!runtime?.env) return manifest;
  const { env: _, ...rest } = runtime;
  return { ...manifest, runtime: rest };
}

function noSuchPath(
  path: string,
  routes: ReadonlyMap<string, readonly [method: string, handle: Handle]>,
): MoorageError {
  const known = [...routes].map(([each, [method]]) => `${method} ${each}`).join(', ');
  return new MoorageError('not_found', `There is no "${path.slice(0, 80)}" here: there is ${known}`, {
    operation: 'route',
  });
}

function wrongMethod(path: string, method: string): MoorageError {
  return new MoorageError('invalid_argument', `"${path}" answers ${method} only`, { operation: 'route' });
}

import {
  type ActionName,
  type ActionRow,
  actionNames,
  actions,
  endpoints,
  isActionName,
  MoorageError,
  type ParsedParams,
  parseActionParams,
  type RequestEnvelope,
  readRestParams,
  requestEnvelopeSchema,
  toWireError,
} from '@moorage/protocol';
import type { Context, Hono } from 'hono';
import { failure, failureHead, success } from '../answer.js';
import type { Call, Outcome } from '../call.js';
import { basePathOf, callOf, type HttpContext, type HttpEnv } from '../context.js';
import { withDeadline } from '../deadline.js';
import { type BodyResult, readBody } from '../read-body.js';
import { reportFailure } from '../report-failure.js';
import { runAction, statusOfOutcome } from '../run-action.js';
import { requireScope } from '../tenant-wall.js';
import { waitPreference } from '../wait-preference.js';
import { followLogs } from './log-stream.js';

/** One REST route per row of the action table, and the envelope for all of them. */
export function addActionRoutes(app: Hono<HttpEnv>, context: HttpContext): void {
  for (const name of actionNames) {
    const row: ActionRow = actions[name];
    app.on(row.rest.method, row.rest.path, (c) => answerRest(context, c, name));
  }
  app.post(endpoints.actions, (c) => answerEnvelope(context, c));
}

async function answerRest(context: HttpContext, c: Context<HttpEnv>, name: ActionName): Promise<Response> {
  const row: ActionRow = actions[name];
  const request = c.req.raw;
  const principal = await context.gate(request);
  requireScope(principal, row.scope);
  const hasBody = row.rest.method === 'POST' || row.rest.method === 'PUT';
  const body: BodyResult = hasBody ? await bodyOf(context, request) : { ok: true, value: undefined };
  if (!body.ok) return failure(body.error, { status: body.status });
  const query = hasBody ? new URLSearchParams() : new URL(request.url).searchParams;
  const params = readRestParams(name, { path: c.req.param(), query, body: body.value });
  const call = callOf(context, request, principal, request.signal);
  if (isFollow(name, params)) return followLogs(context, params, call, request.method === 'HEAD');
  const outcome = await carryOut(context, name, params, call);
  const headers = locationOf(context, c, outcome);
  return success(outcome.data, { status: statusOfOutcome(name, outcome), headers });
}

function locationOf(context: HttpContext, c: Context<HttpEnv>, { location }: Outcome<unknown>): Record<string, string> {
  return location === undefined ? {} : { location: basePathOf(context, c) + location };
}

function isFollow(name: ActionName, params: object): params is ParsedParams<'get_logs'> {
  return name === 'get_logs' && 'follow' in params && params.follow === true;
}

/** Failures of the transport are told as everywhere; those of the action in the envelope's own form, with its id. */
async function answerEnvelope(context: HttpContext, c: Context<HttpEnv>): Promise<Response> {
  const request = c.req.raw;
  const principal = await context.gate(request);
  const body = await bodyOf(context, request);
  if (!body.ok) return failure(body.error, { status: body.status });
  const { id, ...envelope } = readEnvelope(body.value);
  const reply = id === undefined ? {} : { id };
  try {
    const name = actionNameOf(envelope.action);
    const row: ActionRow = actions[name];
    requireScope(principal, row.scope);
    const params = parseActionParams(name, envelope.params);
    const call = callOf(context, request, principal, request.signal);
    const outcome = await carryOut(context, name, params, call);
    const headers = locationOf(context, c, outcome);
    return Response.json({ ...reply, result: outcome.data }, { status: statusOfOutcome(name, outcome), headers });
  } catch (thrown) {
    reportFailure(context, thrown);
    return Response.json({ ...reply, error: toWireError(thrown) }, failureHead(thrown));
  }
}

function readEnvelope(body: unknown): RequestEnvelope {
  const parsed = requestEnvelopeSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') || 'body';
  throw new MoorageError(
    'invalid_argument',
    `The request is no {id, action, params}: ${field} is ${parsed.error.issues[0]?.message ?? 'wrong'}`,
    { operation: 'http.envelope', context: { field } },
  );
}

function actionNameOf(name: string): ActionName {
  if (isActionName(name)) return name;
  throw new MoorageError('invalid_argument', `There is no action "${name}": use one of ${actionNames.join(', ')}`, {
    operation: 'http.envelope',
    context: { field: 'action', actions: actionNames },
  });
}

function bodyOf(context: HttpContext, request: Request): Promise<BodyResult> {
  return readBody(request, { bytes: context.bodyLimitBytes, timeoutMs: context.requestTimeoutMs });
}

/** Runs the action; the time that the caller asked to wait comes on top of the time that an answer has. */
function carryOut<N extends ActionName>(
  context: HttpContext,
  name: N,
  params: ParsedParams<N>,
  call: Call,
): Promise<Outcome<unknown>> {
  const { wait_ms: waitMs } = params as { readonly wait_ms?: number };
  const deploys = name === 'create_container' || name === 'update_container';
  const wait = deploys ? waitPreference(waitMs, call.prefer) : (waitMs ?? 0);
  return withDeadline(context.requestTimeoutMs + wait, call.signal, (signal) =>
    runAction(name, params, { ...call, signal }),
  );
}

import { type ActionName, type ActionParams, type ActionRow, actions, type ParsedParams } from './actions.js';
import { MoorageError } from './errors.js';
import { describeIssues, type FieldHints } from './field-issue.js';
import { toPlainJson } from './plain-json.js';

/**
 * Validates an action's params, wherever they came from. Throws `invalid_argument`; the message names the first bad
 * field and the way out, and `context.issues` lists them all.
 */
export function parseActionParams<N extends ActionName>(name: N, input: unknown): ParsedParams<N> {
  const plain = toPlainJson(input ?? {}, 'params');
  const row: ActionRow = actions[name];
  const parsed = plain.issue ? undefined : row.params.safeParse(plain.value);
  if (parsed?.success) return parsed.data as ParsedParams<N>;
  const issues = plain.issue
    ? [plain.issue]
    : describeIssues(parsed?.error.issues ?? [], plain.value, 'params', paramHints);
  const [first] = issues;
  throw new MoorageError('invalid_argument', `Cannot ${name}: ${first?.message}. Way out: ${first?.fix}`, {
    operation: name,
    context: { field: first?.field, issues: issues.slice(0, 100) },
  });
}

const paramHints: FieldHints = {
  container_id: 'give the id from create_container or list_containers',
  agent_id: 'give the agent_id of the manifest, such as "agent.calculator.calculation"',
  customer_id: 'give the id of the customer, 1 to 300 characters without control characters',
  image: 'use "name:tag" or "name@sha256:…"',
  manifest: 'put image, env and resources into manifest.runtime',
  env: 'use an object of texts, or a list of {name, value, secret}',
  instances: 'use a whole number from 0 to 1000',
  wait_ms: 'use whole milliseconds from 0 to 600000',
  limit: 'use a whole number from 1 to 1000',
  tail: 'use a whole number from 0 to 10000',
  since: 'use a time such as "2026-01-31T12:00:00Z"',
  duration: 'use milliseconds from 0 to 86400000',
};

/** The parts of a REST request that hold params. */
export interface RestParams {
  /** Values of the `:name` parts of the route, decoded. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: URLSearchParams;
  readonly body?: unknown;
}

/**
 * Params of an action from a REST request: query values become what the schema asks for (numbers, booleans, lists by
 * repeated keys), and what stands in the path cannot be overruled. Throws as {@link parseActionParams}.
 */
export function readRestParams<N extends ActionName>(name: N, request: RestParams): ParsedParams<N> {
  const { path = {}, query = new URLSearchParams(), body } = request;
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    throw new MoorageError('invalid_argument', `Cannot ${name}: the body must be a JSON object`, { operation: name });
  }
  const shape = shapeOf(actions[name].params);
  const fromQuery = [...new Set(query.keys())].map((key) => [key, coerce(shape[key], query.getAll(key))]);
  return parseActionParams(name, { ...body, ...Object.fromEntries(fromQuery), ...path });
}

/** An action as a REST request. Undefined when the route needs a param that is missing: the envelope can say it. */
export function toRestRequest<N extends ActionName>(
  name: N,
  params: ActionParams<N>,
): { readonly method: string; readonly path: string; readonly body?: Record<string, unknown> } | undefined {
  const { method, path } = actions[name].rest;
  const rest: Record<string, unknown> = { ...params };
  let complete = true;
  const filled = path.replace(/:([a-z_]+)/g, (_, key: string) => {
    const value = rest[key];
    delete rest[key];
    if (typeof value !== 'string' || isDotPart(value)) complete = false;
    return encodeURIComponent(String(value));
  });
  if (!complete) return undefined;
  if (method === 'POST' || method === 'PUT') return { method, path: filled, body: rest };
  const query = new URLSearchParams(Object.entries(rest).flatMap(([key, value]) => toPairs(key, value)));
  return { method, path: query.size > 0 ? `${filled}?${query}` : filled };
}

/** URL parsers take these away, encoded or not. */
const isDotPart = (value: string) => value === '' || value === '.' || value === '..';

function toPairs(key: string, value: unknown): [string, string][] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((item) => [key, String(item)]);
}

interface Introspected {
  readonly _zod: {
    readonly def: { readonly type: string; readonly innerType?: Introspected; readonly shape?: Shape };
  };
}
type Shape = Readonly<Record<string, Introspected>>;

/** The params that a schema names; none for a union. */
export function shapeOf(schema: unknown): Shape {
  return (schema as Introspected)._zod.def.shape ?? {};
}

function coerce(schema: Introspected | undefined, values: readonly string[]): unknown {
  const [first = ''] = values;
  const def = schema?._zod.def;
  if (def?.type === 'optional') return coerce(def.innerType, values);
  if (def?.type === 'array') return values;
  if (values.length > 1) return values;
  if (def?.type === 'number') return first.trim() === '' || Number.isNaN(Number(first)) ? first : Number(first);
  if (def?.type === 'boolean') return booleans[first.toLowerCase()] ?? first;
  return first;
}

/** A bare `?follow` is on. */
const booleans: Readonly<Record<string, boolean>> = { '': true, true: true, '1': true, false: false, '0': false };

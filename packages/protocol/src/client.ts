import { parseActionParams, shapeOf, toRestRequest } from './action-request.js';
import { type ActionName, type ActionParams, type ActionResult, actionNames, actions } from './actions.js';
import { type EventStreamOptions, streamEvents } from './client-events.js';
import { type ClientOptions, readAnswer, sendRequest } from './client-request.js';
import { openStream, readRecord } from './client-stream.js';
import { endpoints } from './endpoints.js';
import { fromWireError } from './error-body.js';
import { MoorageError } from './errors.js';
import { readJson } from './json-text.js';
import { type EventRecord, type LogRecord, logRecordSchema } from './records.js';

export interface CallOptions {
  /** Ends the waiting, not what was asked for. Errors: `cancelled`, or `timeout` for `AbortSignal.timeout`. */
  readonly signal?: AbortSignal | undefined;
  /** The same key and request again give the same container. At most 255 characters. */
  readonly idempotencyKey?: string | undefined;
}

/** Params of an action as the client takes them: `customer_id` may be left to the client's own. */
export type ClientParams<N extends ActionName> =
  ActionParams<N> extends infer P
    ? P extends { customer_id: infer C }
      ? Omit<P, 'customer_id'> & { customer_id?: C }
      : P
    : never;

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** One method per action: `create_container` is `createContainer`. */
export type ActionMethods = {
  readonly [N in ActionName as CamelCase<N>]: (
    params: ClientParams<N>,
    options?: CallOptions,
  ) => Promise<ActionResult<N>>;
};

export interface ClientBase {
  /**
   * Errors: those of the action, `invalid_argument` before anything is sent, `unavailable` when the host cannot be
   * reached.
   */
  call<N extends ActionName>(name: N, params: ClientParams<N>, options?: CallOptions): Promise<ActionResult<N>>;
  /** The event feed; see {@link streamEvents}. */
  events(options?: EventStreamOptions): AsyncIterable<EventRecord>;
  /** Follows what a container writes, until the signal or the container ends it. Not taken up again when cut. */
  followLogs(
    params: Omit<ClientParams<'get_logs'>, 'follow'> & { readonly container_id: string },
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<LogRecord>;
}

export type Client = ClientBase & ActionMethods;

/** A typed client of a host's control interface, made from the action table. Runs in browsers and Node. */
export function createClient(options: ClientOptions): Client {
  const call: ClientBase['call'] = (name, params, callOptions = {}) => callAction(options, name, params, callOptions);
  const methods = actionNames.map((name) => [
    camelCase(name),
    (params: ClientParams<ActionName>, callOptions?: CallOptions) => call(name, params, callOptions),
  ]);
  const base: ClientBase = {
    call,
    events: (stream) => streamEvents(options, stream),
    followLogs: (params, { signal } = {}) => followLogs(options, params, signal),
  };
  return { ...base, ...(Object.fromEntries(methods) as ActionMethods) };
}

async function callAction<N extends ActionName>(
  options: ClientOptions,
  name: N,
  given: ClientParams<N>,
  { signal, idempotencyKey }: CallOptions,
): Promise<ActionResult<N>> {
  const params = withCustomer(name, given, options.customerId);
  const checked = parseActionParams(name, params);
  if ('follow' in checked && checked.follow) throw endlessAnswer();
  const headers: Record<string, string> =
    idempotencyKey === undefined ? {} : { 'idempotency-key': checkedKey(idempotencyKey, name) };
  // Where the route needs an id that these params leave to the host to look up, the envelope can say it.
  const route = toRestRequest(name, params) ?? {
    method: 'POST',
    path: endpoints.actions,
    body: { id: 1, action: name, params },
  };
  const response = await sendRequest(options, { ...route, headers, signal }, name);
  return (await readAnswer(response, actions[name].result, options, name, signal)) as ActionResult<N>;
}

async function* followLogs(
  options: ClientOptions,
  given: ClientParams<'get_logs'>,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogRecord, void, undefined> {
  const params = withCustomer('get_logs', { ...given, follow: true }, options.customerId);
  parseActionParams('get_logs', params);
  const route = toRestRequest('get_logs', params);
  if (!route)
    throw new MoorageError('invalid_argument', 'Cannot follow logs without a container_id: get it from getAddress');
  try {
    const silenceMs = 60_000;
    for await (const event of openStream(options, { path: route.path, operation: 'get_logs', signal, silenceMs })) {
      if (event.event === 'error') throw fromWireError(readJson(event.data));
      if (event.event === 'log') yield readRecord(logRecordSchema, event.data, 'get_logs');
    }
  } catch (thrown) {
    if (!signal?.aborted) throw thrown;
  }
}

/** Fills the client's own customer in where an action names one and the params leave it out. */
function withCustomer<N extends ActionName>(
  name: N,
  given: ClientParams<N>,
  customerId: string | undefined,
): ActionParams<N> {
  const params: Record<string, unknown> = { ...(given as object) };
  const names = name === 'track_usage' ? !('events' in params) : 'customer_id' in shapeOf(actions[name].params);
  if (names && customerId !== undefined) params.customer_id ??= customerId;
  return params as ActionParams<N>;
}

function endlessAnswer(): MoorageError {
  const message = 'Cannot get_logs with follow here, for the answer would never end: use followLogs';
  return new MoorageError('invalid_argument', message, { operation: 'get_logs', context: { field: 'follow' } });
}

/** A header takes visible ASCII only. */
function checkedKey(key: string, operation: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const message = `Cannot ${operation} with this idempotencyKey: use 1 to 255 visible ASCII characters, such as a UUID`;
  throw new MoorageError('invalid_argument', message, { operation, context: { field: 'idempotencyKey' } });
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

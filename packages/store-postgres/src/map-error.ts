import { type ErrorCode, isMoorageError, MoorageError } from '@moorage/core/store';

/** Operating-system errors that mean: the server cannot be reached now. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOENT',
]);

/** What `pg` says of a connection that broke or was too slow, where it gives no code. */
const brokenConnection = new RegExp(
  [
    'connection terminated',
    'connection ended',
    'timeout exceeded when trying to connect',
    'query read timeout',
    'connection error and is not queryable',
    'server does not support ssl',
  ].join('|'),
  'i',
);

const ended = /after calling end on the pool|client was closed and is not queryable/i;

/** SQLSTATE by its first characters, longest first; see appendix A of PostgreSQL's manual. */
const states: readonly (readonly [string, ErrorCode, string])[] = [
  ['57014', 'unavailable', 'a statement took longer than its timeout'],
  ['55P03', 'unavailable', 'a lock was not free in time'],
  ['25006', 'unavailable', 'this server is read-only; connect to the primary'],
  ['53100', 'unavailable', "the database's disk is full; free some space"],
  ['42501', 'permission_denied', "the database's user may not do this; grant it the rights on its schema"],
  ['42P07', 'already_exists', 'a table or view of this name is there and is not ours; pass another `schema`'],
  ['22021', 'invalid_argument', 'a text has characters that PostgreSQL does not keep'],
  ['22P05', 'invalid_argument', 'a text has characters that PostgreSQL does not keep'],
  ['54000', 'invalid_argument', 'a value is too long'],
  ['23505', 'conflict', 'somebody else wrote the same at the same time; read again and repeat'],
  ['08', 'unavailable', 'the connection broke'],
  ['57', 'unavailable', 'the server is starting, stopping or was told to end this connection'],
  ['53', 'unavailable', 'the server has no connection or memory left'],
  ['58', 'unavailable', 'the server has trouble with its disk'],
  ['40', 'conflict', 'somebody else changed the same at the same time; repeat'],
  ['28', 'permission_denied', 'the server refused user or password; check the URL'],
  ['3D', 'invalid_argument', 'there is no such database; create it or check the URL'],
];

/**
 * Turns whatever `pg` or the network threw into a {@link MoorageError}: unreachable, terminated or too slow is
 * `unavailable`, a lost race `conflict`, and what nobody foresaw `internal`. Never repeats the URL.
 */
export function mapError(thrown: unknown, operation: string): MoorageError {
  if (isMoorageError(thrown)) return thrown;
  const { code, message } = describe(thrown);
  const [mapped, hint] = classify(code, message);
  const said = message === '' ? code : message;
  return new MoorageError(mapped, `PostgreSQL: ${said}${hint === '' ? '' : ` — ${hint}`}`, {
    operation,
    context: code === '' ? {} : { sqlState: code },
    cause: thrown,
  });
}

/** Whether a connection that gave this error is of no use any more. */
export function isConnectionLost(thrown: unknown): boolean {
  const { code, message } = describe(thrown);
  return networkCodes.has(code) || code.startsWith('08') || code.startsWith('57P') || brokenConnection.test(message);
}

function classify(code: string, message: string): readonly [ErrorCode, string] {
  if (networkCodes.has(code)) return ['unavailable', 'is the server running, and is the URL right?'];
  const row = states.find(([prefix]) => code.startsWith(prefix));
  if (row && /^[0-9A-Z]{5}$/.test(code)) return [row[1], row[2]];
  if (ended.test(message)) return ['cancelled', 'the store was closed'];
  if (brokenConnection.test(message)) return ['unavailable', ''];
  return ['internal', ''];
}

function describe(thrown: unknown): { readonly code: string; readonly message: string } {
  if (!(thrown instanceof Error)) return { code: '', message: String(thrown) };
  const { code } = thrown as { readonly code?: unknown };
  // A name with several addresses: Node gathers one error for each and leaves the message of the whole empty.
  const first = thrown instanceof AggregateError ? thrown.errors[0] : undefined;
  const message = thrown.message === '' && first instanceof Error ? first.message : thrown.message;
  return { code: typeof code === 'string' ? code : '', message };
}

/**
 * The closed list of error codes. Every refusal of a host, a driver, a store or an agent carries one of them.
 * `docs/errors.md` explains each; a test holds the two lists against each other.
 */
export const errorCodes = [
  'not_found',
  'already_exists',
  'invalid_argument',
  'unsupported',
  'permission_denied',
  'unauthenticated',
  'resource_exhausted',
  'conflict',
  'unavailable',
  'timeout',
  'cancelled',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What a code means on each wire. `retryable` is the default of an error with this code. */
export interface ErrorMapping {
  readonly http: number;
  /** JSON-RPC 2.0 error number; -32602, -32603 are the specification's own, the rest from its server range. */
  readonly jsonRpc: number;
  /** Process exit code, after sysexits(3) where it has one. */
  readonly exitCode: number;
  readonly retryable: boolean;
}

/** One row per code: adding a code does not compile until it is mapped. */
export const errorTable: Readonly<Record<ErrorCode, ErrorMapping>> = {
  not_found: { http: 404, jsonRpc: -32004, exitCode: 66, retryable: false },
  already_exists: { http: 409, jsonRpc: -32009, exitCode: 73, retryable: false },
  invalid_argument: { http: 400, jsonRpc: -32602, exitCode: 64, retryable: false },
  unsupported: { http: 422, jsonRpc: -32010, exitCode: 69, retryable: false },
  permission_denied: { http: 403, jsonRpc: -32003, exitCode: 77, retryable: false },
  unauthenticated: { http: 401, jsonRpc: -32001, exitCode: 77, retryable: false },
  resource_exhausted: { http: 429, jsonRpc: -32029, exitCode: 75, retryable: false },
  conflict: { http: 409, jsonRpc: -32011, exitCode: 75, retryable: true },
  unavailable: { http: 503, jsonRpc: -32012, exitCode: 75, retryable: true },
  timeout: { http: 504, jsonRpc: -32013, exitCode: 75, retryable: true },
  cancelled: { http: 499, jsonRpc: -32014, exitCode: 130, retryable: false },
  internal: { http: 500, jsonRpc: -32603, exitCode: 70, retryable: false },
};

export interface MoorageErrorOptions {
  /** What was being done, e.g. `driver.create` or `host.deploy`. */
  readonly operation?: string;
  /** Facts a caller or an operator needs: the field, the limit, its value, what frees it. Never a secret. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Overrides the default of the code. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

const marker = Symbol.for('@moorage/error');

/**
 * The one error class of Moorage. Use {@link isMoorageError} to recognise it, never `instanceof`: two copies of the
 * package may be installed side by side.
 */
export class MoorageError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly operation: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: MoorageErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MoorageError';
    this.code = code;
    this.retryable = options.retryable ?? errorTable[code].retryable;
    this.operation = options.operation;
    this.context = options.context ?? {};
    Object.defineProperty(this, marker, { value: true });
  }
}

/** True for an error of any installed copy of Moorage. */
export function isMoorageError(value: unknown): value is MoorageError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[marker] === true;
}

/**
 * Turns anything thrown into a {@link MoorageError}: one of ours is returned as it is, an abort becomes `cancelled`,
 * all else `internal` with the original as its `cause`.
 */
export function toMoorageError(thrown: unknown, operation?: string): MoorageError {
  if (isMoorageError(thrown)) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code: ErrorCode = error.name === 'AbortError' ? 'cancelled' : 'internal';
  return new MoorageError(code, error.message, { cause: thrown, ...(operation ? { operation } : {}) });
}

import { z } from 'zod';
import { type ErrorCode, errorCodes, isMoorageError, MoorageError, toMoorageError } from './errors.js';

/** An error on the wire. Never holds a cause or a stack. */
export const errorBodySchema = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  retryable: z.boolean(),
  operation: z.string().optional(),
  context: z.record(z.string(), z.unknown()).optional(),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;

const hiddenMessage = 'Something failed inside; the log of the service tells what';

/**
 * Anything thrown, as it may leave the process. The words of an error that is none of ours stay inside, for they may
 * hold paths, addresses or secrets; so do its cause and its stack.
 */
export function toWireError(thrown: unknown): ErrorBody {
  const error = toMoorageError(thrown);
  const foreign = error.code === 'internal' && (!isMoorageError(thrown) || error.cause !== undefined);
  const context = foreign ? {} : jsonOnly(error.context);
  return {
    code: error.code,
    message: foreign ? hiddenMessage : error.message,
    retryable: error.retryable,
    ...(error.operation === undefined ? {} : { operation: error.operation }),
    ...(Object.keys(context).length === 0 ? {} : { context }),
  };
}

/**
 * An error that came over the wire. Something else than the wire form, or a code of a later version, becomes
 * `internal`.
 */
export function fromWireError(body: unknown): MoorageError {
  const parsed = errorBodySchema.safeParse(body);
  if (parsed.success) {
    const { code, message, ...options } = parsed.data;
    return new MoorageError(code, message, options);
  }
  const { code, message } = loose(body);
  const text = message ?? 'The other side answered with an error that has no known form';
  return new MoorageError('internal', text, { context: code === undefined ? {} : { code } });
}

function loose(body: unknown): { code: unknown; message: string | undefined } {
  if (typeof body !== 'object' || body === null) return { code: undefined, message: undefined };
  const { code, message } = body as { code?: unknown; message?: unknown };
  return { code, message: typeof message === 'string' ? message : undefined };
}

/** Context without what JSON cannot say; one entry that fails does not take the others with it. */
function jsonOnly(context: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(context).flatMap(([key, value]): [string, unknown][] => {
    if (value instanceof Error) return [];
    try {
      const text = JSON.stringify(value);
      return text === undefined ? [] : [[key, JSON.parse(text)]];
    } catch {
      return [];
    }
  });
  return Object.fromEntries(entries);
}

/** The code that an HTTP status stands for, for answers that have no error body (a proxy's, for example). */
export function errorCodeOfStatus(status: number): ErrorCode {
  const code = statusCodes[status];
  if (code) return code;
  return status >= 500 ? 'unavailable' : 'invalid_argument';
}

const statusCodes: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  408: 'timeout',
  409: 'conflict',
  422: 'unsupported',
  429: 'resource_exhausted',
  499: 'cancelled',
  500: 'internal',
  504: 'timeout',
};

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ErrorBody, toWireError } from '../error-body.js';
import { errorTable, MoorageError } from '../errors.js';

/** Largest body of a request, in bytes: 1 MiB. */
export const maxBodyBytes = 1_048_576;

/** The JSON of a request's body. Errors: `invalid_argument`. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const text = await readBody(request);
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new MoorageError('invalid_argument', `The body is not JSON: ${reason.slice(0, 200)}`, { operation: 'read' });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    // Read on to the end without keeping it, so that the caller gets the answer and not a broken connection.
    if (bytes <= maxBodyBytes) chunks.push(chunk);
    else if (bytes > maxBodyBytes * 16) break;
  }
  if (bytes <= maxBodyBytes) return Buffer.concat(chunks).toString('utf8');
  const message = `The body has more than ${maxBodyBytes} bytes, the most that is read: send less, or send where to find it`;
  throw new MoorageError('invalid_argument', message, { operation: 'read', context: { limit: maxBodyBytes } });
}

/** Answers with JSON. `closing`: the connection ends with this answer. */
export function sendJson(response: ServerResponse, status: number, body: unknown, closing = false): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(closing ? { connection: 'close' } : {}),
    ...(status === 429 || status === 503 ? { 'retry-after': '1' } : {}),
  });
  response.end(text);
}

/** Anything thrown, in the wire form and with the HTTP status of its code. */
export function wireFailure(thrown: unknown): { readonly status: number; readonly error: ErrorBody } {
  const error = toWireError(thrown);
  return { status: errorTable[error.code].http, error };
}

import type { ServerResponse } from 'node:http';

export interface ErrorAnswer {
  readonly status: number;
  readonly code: 'unavailable' | 'timeout' | 'invalid_argument' | 'unsupported';
  readonly message: string;
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number | undefined;
}

export const answers = {
  full: (maxWaiting: number): ErrorAnswer => ({
    status: 503,
    code: 'unavailable',
    message: `No instance of this agent is ready, and ${maxWaiting} requests wait for one already, which is the limit: try again later`,
    retryAfter: 1,
  }),
  waited: (waitMs: number): ErrorAnswer => ({
    status: 503,
    code: 'unavailable',
    message: `No instance of this agent became ready within ${waitMs} ms: try again later`,
    retryAfter: 5,
  }),
  released: (): ErrorAnswer => ({
    status: 503,
    code: 'unavailable',
    message: 'This address has just been taken down: look the agent up again',
    retryAfter: 5,
  }),
  broken: (): ErrorAnswer => ({
    status: 502,
    code: 'unavailable',
    message: 'The agent closed the connection before it answered. The request may have taken effect',
  }),
  silent: (timeoutMs: number): ErrorAnswer => ({
    status: 504,
    code: 'timeout',
    message: `The agent did not answer within ${timeoutMs} ms. The request may have taken effect`,
  }),
  badTarget: (): ErrorAnswer => ({
    status: 400,
    code: 'invalid_argument',
    message: 'The target of the request is not a path: ask for one that begins with "/"',
  }),
  malformed: (): ErrorAnswer => ({
    status: 400,
    code: 'invalid_argument',
    message: 'The request cannot be passed on: its target or one of its headers is malformed or given twice',
  }),
  upgradeWithBody: (): ErrorAnswer => ({
    status: 501,
    code: 'unsupported',
    message: 'A request that asks for another protocol cannot carry a body here: send it without the Upgrade header',
  }),
  badMethod: (method: string): ErrorAnswer => ({
    status: 405,
    code: 'unsupported',
    message: `The method ${method} is not passed on to agents`,
  }),
} as const;

/** Answers in the form of every Moorage error; breaks the connection off when an answer has begun already. */
export function answerError(response: ServerResponse, answer: ErrorAnswer): void {
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = errorBody(answer);
  response.writeHead(answer.status, errorHeaders(answer, body));
  response.end(body);
}

/** The same for a connection that is not in the hands of an HTTP server any more. */
export function rawErrorAnswer(answer: ErrorAnswer, reason: string): string {
  const body = errorBody(answer);
  const headers = Object.entries({ ...errorHeaders(answer, body), Connection: 'close' });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${answer.status} ${reason}\r\n${head}\r\n${body}`;
}

function errorBody({ code, message }: ErrorAnswer): string {
  return JSON.stringify({ success: false, error: { code, message } });
}

function errorHeaders({ retryAfter, status }: ErrorAnswer, body: string): Record<string, string> {
  return {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    ...(status === 405 ? { Allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' } : {}),
  };
}

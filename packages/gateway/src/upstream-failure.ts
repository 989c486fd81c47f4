/** Nothing of the request can have reached the agent. */
const connectCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_CLOSED',
]);

/** The connection ended while the request was under way. */
const socketCodes: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_DESTROYED']);

export function isConnectFailure(error: unknown): boolean {
  return connectCodes.has(codeOf(error));
}

export function isSocketFailure(error: unknown): boolean {
  return socketCodes.has(codeOf(error));
}

export function isTimeout(error: unknown): boolean {
  return codeOf(error) === 'UND_ERR_HEADERS_TIMEOUT';
}

/** The request itself cannot be sent to any agent. */
export function isMalformed(error: unknown): boolean {
  return codeOf(error) === 'UND_ERR_INVALID_ARG';
}

function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

const bodiless = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The web-standard form of a request that node:http, Express or Fastify received; undefined when it has none. */
export function toWebRequest(incoming: IncomingMessage, path: string, signal: AbortSignal): Request | undefined {
  const method = incoming.method ?? 'GET';
  const headers = new Headers();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    const name = incoming.rawHeaders[index] ?? '';
    if (!name.startsWith(':')) headers.append(name, incoming.rawHeaders[index + 1] ?? '');
  }
  const body = bodiless.has(method) ? null : bodyOf(incoming);
  try {
    return new Request(urlOf(incoming, path), { method, headers, signal, body, ...(body ? { duplex: 'half' } : {}) });
  } catch {
    return undefined;
  }
}

/** `host` is what the caller says: only a well-formed one gets into the URL. */
function urlOf(incoming: IncomingMessage, path: string): string {
  const encrypted = 'encrypted' in incoming.socket && incoming.socket.encrypted === true;
  const given = incoming.headers.host ?? '';
  const host = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(given) ? given : 'invalid.invalid';
  return `${encrypted ? 'https' : 'http'}://${host}${path.startsWith('/') ? path : `/${path}`}`;
}

/** The body as a stream; where a body parser was faster, what it has read is written out again. */
function bodyOf(incoming: IncomingMessage): string | ReadableStream<Uint8Array> {
  const parsed = (incoming as IncomingMessage & { body?: unknown }).body;
  if (incoming.readableEnded && parsed !== undefined) {
    return typeof parsed === 'string' ? parsed : JSON.stringify(parsed);
  }
  return Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
}

/** The path below `prefix`, which starts with `/`; undefined when the request is not ours. */
export function belowPrefix(url: string | undefined, prefix: string): string | undefined {
  const path = url ?? '/';
  if (prefix === '') return path;
  if (!path.startsWith(prefix)) return undefined;
  const rest = path.slice(prefix.length);
  if (rest === '') return '/';
  return rest.startsWith('/') ? rest : rest.startsWith('?') ? `/${rest}` : undefined;
}

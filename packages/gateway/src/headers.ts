/** Headers that speak about one connection only and end at each hop. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** What a client may not say of itself: the gateway says it. `Expect` is answered by the gateway already. */
const replaced: ReadonlySet<string> = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
  'expect',
]);

/** Names that `Connection` cannot take away: without them the message would mean something else. */
const kept: ReadonlySet<string> = new Set(['host', 'content-length', 'content-type', 'authorization', 'cookie']);

const plainConnection: ReadonlySet<string> = new Set(['keep-alive', 'close', 'upgrade', '']);

export interface Forwarded {
  readonly clientAddress: string;
  readonly proto: 'http' | 'https';
  readonly host: string | undefined;
}

/**
 * Headers of a request as they go to a backend: those of the client's own connection are left out, and what the client
 * claims about where it comes from is replaced. In and out: name, value, name, value, …
 */
export function requestHeaders(raw: readonly string[], forwarded: Forwarded): string[] {
  const out: string[] = [];
  const named = namedInConnection(raw);
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || replaced.has(lower) || named?.has(lower)) continue;
    out.push(name, raw[index + 1] ?? '');
  }
  out.push('X-Forwarded-For', forwarded.clientAddress, 'X-Forwarded-Proto', forwarded.proto);
  if (forwarded.host !== undefined) out.push('X-Forwarded-Host', forwarded.host);
  return out;
}

/** Headers of an answer as they go to the client. */
export function responseHeaders(raw: readonly string[]): string[] {
  const out: string[] = [];
  const named = namedInConnection(raw);
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !named?.has(lower)) out.push(name, raw[index + 1] ?? '');
  }
  return out;
}

/** undici gives headers as bytes; on the wire they are Latin-1. */
export function decodeHeaders(raw: readonly Buffer[]): string[] {
  return raw.map((bytes) => bytes.toString('latin1'));
}

function namedInConnection(raw: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() !== 'connection') continue;
    for (const part of (raw[index + 1] ?? '').toLowerCase().split(',')) {
      const name = part.trim();
      if (plainConnection.has(name) || kept.has(name)) continue;
      named ??= new Set();
      named.add(name);
    }
  }
  return named;
}

import type { IncomingMessage } from 'node:http';
import type { Forwarded } from './headers.js';

/** Path and query of a request's target, which may be a whole URL; undefined for one that is neither. */
export function originForm(target: string): string | undefined {
  if (target.startsWith('/')) return target;
  try {
    const { protocol, pathname, search } = new URL(target);
    return protocol === 'http:' || protocol === 'https:' ? `${pathname}${search}` : undefined;
  } catch {
    return undefined;
  }
}

/** What the gateway itself knows about the client. */
export function forwardedFor(request: IncomingMessage): Forwarded {
  return { clientAddress: request.socket.remoteAddress ?? 'unknown', proto: 'http', host: request.headers.host };
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { MoorageError } from '@moorage/protocol';
import { type Authenticate, manageScope } from './principal.js';

/** The token of a request: the `Authorization` header, or for browsers' WebSockets the subprotocol `bearer.<token>`. */
export function bearerToken(headers: Headers): string | undefined {
  const match = /^Bearer ([\x21-\x7e]+)$/i.exec(headers.get('authorization') ?? '');
  if (match) return match[1];
  const offered = (headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
  return offered.find((name) => name.startsWith('bearer.'))?.slice('bearer.'.length);
}

/** Compares two secrets in a time that tells nothing about either. */
export function sameSecret(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** One token, held by the operator, opens everything. Errors: `unauthenticated`. */
export function bearerAuthenticate(token: string): Authenticate {
  return async (request) => {
    const given = bearerToken(request.headers);
    if (given === undefined) {
      throw new MoorageError('unauthenticated', 'This request has no token: send "Authorization: Bearer <token>"', {
        operation: 'http.authenticate',
      });
    }
    if (!sameSecret(given, token)) {
      throw new MoorageError('unauthenticated', 'The token of this request is not the one of this host', {
        operation: 'http.authenticate',
      });
    }
    return { subject: 'operator', scopes: [manageScope] };
  };
}

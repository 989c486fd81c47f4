import { MoorageError } from '@moorage/protocol';
import { bearerAuthenticate } from './bearer.js';
import type { HttpOptions } from './http-options.js';
import { type Authenticate, manageScope } from './principal.js';

/** How callers are told apart: by the identity provider, by the token, or, with neither, by being on this machine. */
export function createGate(options: Pick<HttpOptions, 'authenticate' | 'token'>): Authenticate {
  if (options.authenticate) return options.authenticate;
  return options.token === undefined || options.token === '' ? openGate : bearerAuthenticate(options.token);
}

/**
 * Without a token only this machine is served. A web page that is open on it must not be able to speak for its user, so
 * the names in `Host` and `Origin` have to be this machine's too. Errors: `permission_denied`.
 */
const openGate: Authenticate = async (request) => {
  const { hostname, host } = new URL(request.url);
  if (!isLoopbackName(hostname)) throw refuse(`the name "${hostname}"`);
  const origin = request.headers.get('origin');
  if (origin !== null && originHost(origin) !== host) throw refuse(`pages of "${origin.slice(0, 200)}"`);
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') throw refuse('pages of other sites');
  return { subject: 'operator', scopes: [manageScope] };
};

/** Names and addresses that always mean this machine, in the form that `URL` gives them. */
export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** The peer of a socket is on this machine; `undefined` is a socket that is closed already. */
export function isLoopbackPeer(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\./.test(address));
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

export function refuse(who: string): MoorageError {
  return new MoorageError(
    'permission_denied',
    `This host has no token and serves only its own machine, not ${who}: set a token to open it`,
    { operation: 'http.authenticate' },
  );
}

import { createHmac, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { MoorageError } from '@moorage/protocol';
import { stateFile } from './state-file.js';

/** Where the token comes from, for the banner. */
export interface ChosenToken {
  /** Undefined: there is none, and only loopback may be served. */
  readonly token: string | undefined;
  readonly source: 'MOORAGE_TOKEN' | 'state folder' | 'none';
}

/** The token that callers have to send: the given one, or one made at first start and kept in `path` with mode 600. */
export function chooseToken(given: string | undefined, path: string): ChosenToken {
  if (given === '') return { token: undefined, source: 'none' };
  if (given !== undefined) return { token: given, source: 'MOORAGE_TOKEN' };
  const token = stateFile(path, /^[\x21-\x7e]{16,512}$/, () => randomBytes(24).toString('base64url'));
  return { token, source: 'state folder' };
}

/** Errors: `invalid_argument` when others could reach a host that asks for no token. */
export function refuseOpenHost(host: string, token: string | undefined): void {
  if (token !== undefined || isLoopback(host)) return;
  throw new MoorageError(
    'invalid_argument',
    `HOST is "${host}", which others can reach, and there is no token: set MOORAGE_TOKEN, or leave HOST at 127.0.0.1`,
    { operation: 'server.listen', context: { host } },
  );
}

/** Names that always mean this machine; a name that has to be looked up could mean any. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** A key for one purpose, derived from the folder's own. */
export function derivedKey(secretsKey: Buffer, purpose: string): string {
  return createHmac('sha256', secretsKey).update(purpose).digest('base64url');
}

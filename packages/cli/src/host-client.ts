import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, createClient, MoorageError } from '@moorage/protocol';
import type { CliIo } from './cli-io.js';

/** Options of every command that asks a host. */
export interface HostOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly state?: string | undefined;
}

export interface HostAccess {
  readonly url: string;
  readonly token: string | undefined;
}

/**
 * Where the host is and how to get in: the option, else the variable, else what `npm start` uses. The token of a state
 * folder goes to this machine only, unless the folder was named. Errors: `invalid_argument` for a named folder without
 * a token.
 */
export function hostAccess(options: HostOptions, env: CliIo['env']): HostAccess {
  const url = options.url ?? (env.MOORAGE_URL || 'http://127.0.0.1:3000');
  const given = options.token ?? env.MOORAGE_TOKEN;
  if (given !== undefined) return { url, token: given === '' ? undefined : given };
  if (options.state === undefined && !isLoopback(url)) return { url, token: undefined };
  const path = join(options.state ?? (env.MOORAGE_STATE || '.moorage'), 'token');
  const token = readToken(path);
  if (token !== undefined || options.state === undefined) return { url, token };
  throw new MoorageError(
    'invalid_argument',
    `There is no token in "${path}": name the host's state folder, or give --token or MOORAGE_TOKEN`,
    { operation: 'cli', context: { field: 'state' } },
  );
}

export function hostClient(options: HostOptions, env: CliIo['env']): Client {
  return createClient(hostAccess(options, env));
}

function readToken(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

import { resolve } from 'node:path';
import { type KubernetesSettings, readKubernetesSettings } from './kubernetes-settings.js';
import { refuse } from './refuse.js';

export const driverNames = ['docker', 'kubernetes', 'process', 'memory'] as const;
export type DriverName = (typeof driverNames)[number];

/** What the environment and the command line say; `npm start` reads nothing else. */
export interface Settings {
  /** 0 picks a free one, and the same again at the next start when it is still free. */
  readonly port: number;
  readonly host: string;
  /** Undefined: Docker when it answers, else process. */
  readonly driver: DriverName | undefined;
  /** Undefined: an embedded PostgreSQL in the state folder. */
  readonly databaseUrl: string | undefined;
  readonly stateFolder: string;
  /** Undefined: made at first start. Empty: none, and only loopback is served. */
  readonly token: string | undefined;
  /** 32 bytes that seal the agents' secrets at rest; undefined: made at first start. */
  readonly secretsKey: Buffer | undefined;
  /** Host ports for the agents' addresses, inclusive. */
  readonly ports: { readonly from: number; readonly to: number };
  readonly accessLog: boolean;
  /** For the driver `kubernetes` alone. */
  readonly kubernetes: KubernetesSettings;
  /** Take the agents down instead of serving. */
  readonly remove: boolean;
}

/** Errors: `invalid_argument`, naming the variable, its value and what it may be. */
export function readSettings(env: Readonly<Record<string, string | undefined>>, args: readonly string[]): Settings {
  const unknown = args.find((arg) => arg !== '--remove');
  if (unknown !== undefined) throw refuse('argument', unknown, '--remove, or none');
  return {
    port: wholeNumber('PORT', env.PORT, 3000),
    host: env.HOST || '127.0.0.1',
    driver: driverOf(env.MOORAGE_DRIVER),
    databaseUrl: databaseOf(env.DATABASE_URL),
    stateFolder: resolve(env.MOORAGE_STATE || '.moorage'),
    token: tokenOf(env.MOORAGE_TOKEN),
    secretsKey: keyOf(env.MOORAGE_SECRETS_KEY),
    ports: rangeOf(env.MOORAGE_PORTS),
    accessLog: env.MOORAGE_ACCESS_LOG === '1' || env.MOORAGE_ACCESS_LOG === 'true',
    kubernetes: readKubernetesSettings(env),
    remove: args.includes('--remove'),
  };
}

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 65_535)) throw refuse(name, text, 'a port from 0 to 65535 (0 picks a free one)');
  return value;
}

function driverOf(text: string | undefined): DriverName | undefined {
  if (text === undefined || text === '') return undefined;
  const name = driverNames.find((candidate) => candidate === text);
  if (!name) throw refuse('MOORAGE_DRIVER', text, `one of ${driverNames.join(', ')}`);
  return name;
}

function databaseOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  // The value may hold a password, so the message does not repeat it.
  if (!/^postgres(ql)?:\/\//.test(text)) throw refuse('DATABASE_URL', '…', 'a URL that begins with postgresql://');
  return text;
}

function tokenOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return text;
  if (!/^[\x21-\x7e]{16,512}$/.test(text)) {
    throw refuse('MOORAGE_TOKEN', '…', '16 to 512 visible ASCII characters without spaces, or empty for no token');
  }
  return text;
}

function keyOf(text: string | undefined): Buffer | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  throw refuse('MOORAGE_SECRETS_KEY', '…', '64 hexadecimal digits, such as "openssl rand -hex 32" prints');
}

function rangeOf(text: string | undefined): { from: number; to: number } {
  if (text === undefined || text === '') return { from: 20_000, to: 20_999 };
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const from = Number(match?.[1]);
  const to = Number(match?.[2]);
  if (!(from >= 1 && from <= to && to <= 65_535)) {
    throw refuse('MOORAGE_PORTS', text, 'a range such as 20000-20999 between 1 and 65535');
  }
  return { from, to };
}

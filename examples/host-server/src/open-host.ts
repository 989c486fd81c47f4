import { aesSecrets, createHost, type Driver, type Host, type Logger, type Store } from '@moorage/core';
import { dockerDriver } from '@moorage/driver-docker';
import { processDriver } from '@moorage/driver-process';
import { gateway } from '@moorage/gateway';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import type { Closers } from './closers.js';
import type { DriverName, Settings } from './settings.js';
import type { StateFolder } from './state-folder.js';

export interface OpenedStore {
  /** Undefined: the host's own, in memory. */
  readonly store: Store | undefined;
  /** For the banner. */
  readonly words: string;
}

/** An embedded PostgreSQL in the state folder, or the one of `DATABASE_URL`; the memory driver keeps nothing. */
export async function openStore(
  settings: Settings,
  driver: DriverName,
  state: StateFolder,
  closers: Closers,
): Promise<OpenedStore> {
  if (driver === 'memory') return { store: undefined, words: 'memory: gone when the host ends' };
  if (settings.databaseUrl !== undefined) {
    return { store: await postgresStore({ url: settings.databaseUrl }), words: 'PostgreSQL of DATABASE_URL' };
  }
  const folder = state.below('postgres');
  const server = await embeddedPostgres({ folder });
  closers.add(() => server.close());
  return { store: await postgresStore({ url: server.url }), words: `embedded PostgreSQL in ${folder}` };
}

/** The host on the chosen driver. What ends it is added to `closers`. */
export async function openHost(
  settings: Settings,
  driver: DriverName,
  { store }: OpenedStore,
  state: StateFolder,
  closers: Closers,
): Promise<Host> {
  const host = await createHost({
    driver: driverOf(driver, state),
    store,
    frontDoor: driver === 'memory' ? undefined : gateway(),
    secrets: aesSecrets(state.secretsKey),
    hostId: state.hostId,
    ports: settings.ports,
    logger: stderrLogger,
  });
  closers.add(() => host.close());
  return host;
}

function driverOf(name: DriverName, state: StateFolder): Driver | undefined {
  if (name === 'docker') return dockerDriver();
  return name === 'process' ? processDriver({ folder: state.below('processes') }) : undefined;
}

/** One line for each thing that an operator should know; what goes well is in the events. */
const stderrLogger: Logger = {
  log(level, message, fields) {
    if (level !== 'warn' && level !== 'error') return;
    const told = fields && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
    process.stderr.write(`${new Date().toISOString()} ${level} ${message}${told}\n`);
  },
};

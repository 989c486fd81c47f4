import { aesSecrets, createHost, type Driver, type Host, type Logger, type Store } from '@moorage/core';
import { dockerDriver } from '@moorage/driver-docker';
import { processDriver } from '@moorage/driver-process';
import type { AgentSource } from '@moorage/example-agents/manifests';
import { gateway } from '@moorage/gateway';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import { calculatorSource } from './calculator.js';
import { calculatorCommand } from './calculator-program.js';
import type { ChosenDriver } from './choose-driver.js';
import type { Closers } from './closers.js';
import type { Progress } from './progress.js';
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

export interface HostParts {
  readonly settings: Settings;
  readonly driver: OpenedDriver;
  readonly store: OpenedStore;
  readonly state: StateFolder;
  readonly closers: Closers;
}

/** The host on the chosen driver. What ends it is added to `closers`. */
export async function openHost({ settings, driver, store: { store }, state, closers }: HostParts): Promise<Host> {
  const host = await createHost({
    driver: driver.driver,
    store,
    frontDoor: driver.gateway ? gateway() : undefined,
    secrets: aesSecrets(state.secretsKey),
    hostId: state.hostId,
    ports: settings.ports,
    logger: stderrLogger,
  });
  closers.add(() => host.close());
  return host;
}

export interface OpenedDriver {
  /** Undefined: the host's own, in memory. */
  readonly driver: Driver | undefined;
  /** Agents have their addresses at this host; else the engine gives them. */
  readonly gateway: boolean;
  /** What the calculator is run from. */
  source(): Promise<AgentSource>;
}

export interface DriverParts {
  readonly settings: Settings;
  readonly driver: ChosenDriver;
  readonly state: StateFolder;
  /** Port of the API. */
  readonly port: number;
  readonly closers: Closers;
  readonly progress: Progress;
}

/** The chosen driver. That for Kubernetes is loaded by nobody else. */
export async function openDriver(parts: DriverParts): Promise<OpenedDriver> {
  const { driver: chosen, state, progress } = parts;
  const { name } = chosen;
  if (name === 'kubernetes') {
    const { openKubernetes } = await import('./open-kubernetes.js');
    const { driver, endpoints, image } = await openKubernetes(parts);
    // A name of the cluster's is known to all who ask there, and outlives this host.
    return { driver, gateway: endpoints !== 'dns', source: async () => ({ image, command: calculatorCommand }) };
  }
  const source = () => calculatorSource(name, progress);
  if (name === 'memory') return { driver: undefined, gateway: false, source };
  const driver = name === 'docker' ? dockerDriver() : processDriver({ folder: state.below('processes') });
  return { driver, gateway: true, source };
}

/** One line for each thing that an operator should know; what goes well is in the events. */
const stderrLogger: Logger = {
  log(level, message, fields) {
    if (level !== 'warn' && level !== 'error') return;
    const told = fields && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
    process.stderr.write(`${new Date().toISOString()} ${level} ${message}${told}\n`);
  },
};

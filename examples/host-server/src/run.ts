import type { Host } from '@moorage/core';
import { dockerAnswers } from '@moorage/driver-docker';
import { createGate, createHttp } from '@moorage/http';
import { banner } from './banner.js';
import { demoCustomer, deployCalculator } from './calculator.js';
import { type ChosenDriver, chooseDriver, type Engines } from './choose-driver.js';
import type { Closers } from './closers.js';
import { openDriver, openHost, openStore } from './open-host.js';
import { openUsage } from './open-usage.js';
import type { Progress } from './progress.js';
import { openOnPort } from './remembered-port.js';
import type { HostServer } from './server.js';
import type { Settings } from './settings.js';
import { openStateFolder, type StateFolder } from './state-folder.js';
import { type ChosenToken, chooseToken, derivedKey, refuseOpenHost } from './token.js';
import { type UsageAccess, usageAccess } from './usage-access.js';

/** Serves until the process is told to end. What has to be ended then is in `closers`, at every moment. */
export async function serve(settings: Settings, closers: Closers, progress: Progress): Promise<string> {
  if (settings.token === '') refuseOpenHost(settings.host, undefined);
  const state = openStateFolder(settings.stateFolder, settings.secretsKey);
  closers.add(state.release);
  const token = chooseToken(settings.token, state.below('token'));
  const server = await openOnPort(settings.port, settings.host, state.below('port'));
  closers.add(() => server.stop());
  const driver = await chooseDriver(settings.driver, engines(settings));
  const opened = await openDriver({ settings, driver, state, port: server.port, closers, progress });
  progress('Preparing the store');
  const store = await openStore(settings, driver.name, state, closers);
  const host = await openHost({ settings, driver: opened, store, state, closers });
  const usage = usageAccess(derivedKey(state.secretsKey, 'usage'));
  const { env, words } = await openApi({ settings, driver, token, server, host, usage, closers });
  progress('Preparing the calculator');
  const source = await opened.source();
  // With a port of its own choice a start must not replace an agent only because the port is another one now.
  const { handle, created } = await deployCalculator(host, source, env, settings.port !== 0);
  progress('Waiting for the calculator to become healthy');
  await handle.ready();
  return banner({
    driver,
    store: store.words,
    url: urlOf(settings.host, server.port),
    token,
    tokenFile: state.below('token'),
    calculator: { created, address: driver.name === 'memory' ? undefined : handle.address, customer: demoCustomer },
    usage: words,
  });
}

/** Takes down every agent of this installation. */
export async function removeAgents(settings: Settings, closers: Closers, progress: Progress): Promise<string> {
  const state: StateFolder = openStateFolder(settings.stateFolder, settings.secretsKey);
  closers.add(state.release);
  const driver = await chooseDriver(settings.driver, engines(settings));
  const opened = await openDriver({ settings, driver, state, port: settings.port, closers, progress });
  progress('Preparing the store');
  const store = await openStore(settings, driver.name, state, closers);
  const host = await openHost({ settings, driver: opened, store, state, closers });
  const { items } = await host.list({}, { limit: 1000 });
  progress(`Taking down ${items.length} agents`);
  await host.close({ remove: true });
  return `Moorage has taken down ${items.length === 1 ? '1 agent' : `${items.length} agents`}.\n`;
}

function engines({ kubernetes: { context, namespace } }: Settings): Engines {
  return {
    docker: dockerAnswers,
    async kubernetes() {
      const { clusterAnswers } = await import('@moorage/driver-k8s');
      return clusterAnswers({ context, namespace });
    },
  };
}

interface ApiParts {
  readonly settings: Settings;
  readonly driver: ChosenDriver;
  readonly token: ChosenToken;
  readonly server: HostServer;
  readonly host: Host;
  readonly usage: UsageAccess;
  readonly closers: Closers;
}

/** Mounts the API, and the way by which agents report usage. */
async function openApi({ settings, driver, token, server, host, usage, closers }: ApiParts) {
  const authenticate = usage.authenticate(createGate({ token: token.token }));
  const url = await openUsage({ settings, driver, port: server.port, host, authenticate, closers });
  const env = usage.env(url);
  const onAnswer = settings.accessLog ? logAnswer : undefined;
  server.serve(createHttp(host, { authenticate, agentEnv: env, onAnswer }));
  return { env, words: url === undefined ? 'not reported: agents cannot reach this host' : `agents report to ${url}` };
}

function logAnswer(note: {
  method: string;
  path: string;
  status: number;
  durationMs: number;
  requestId: string;
}): void {
  const { method, path, status, durationMs, requestId } = note;
  process.stdout.write(
    `${new Date().toISOString()} ${method} ${path} ${status} ${durationMs.toFixed(1)} ms ${requestId}\n`,
  );
}

function urlOf(host: string, port: number): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}

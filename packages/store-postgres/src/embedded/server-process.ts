import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MoorageError } from '@moorage/core/store';
import { freePort } from './free-port.js';
import type { Launch } from './launch.js';
import { processInfo } from './process-info.js';
import { answers, type RunningServer, runningServer } from './running-server.js';

export interface ServerSettings {
  readonly folder: string;
  readonly data: string;
  readonly postgres: string;
  readonly launch: Launch;
  readonly startTimeoutMs: number;
  /** True once nobody wants the server any more: a start that is under way ends. */
  readonly isAbandoned?: (() => boolean) | undefined;
  /** URL for a port. */
  readonly url: (port: number) => string;
}

const pauseMs = 25;
/** A log longer than this begins anew at the next start. */
const maxLogBytes = 10_000_000;

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Starts the server, or takes up the one that a killed host left running on the folder. Resolves once it answers; it
 * may have to repair its data first. `port` is wished for; a free one is taken otherwise. Errors: `unavailable`, with
 * the last lines of its log.
 */
export async function startServer(settings: ServerSettings, port: number | undefined): Promise<RunningServer> {
  const deadline = Date.now() + settings.startTimeoutMs;
  let logged = '';
  while (Date.now() < deadline && !settings.isAbandoned?.()) {
    const left = await runningServer(settings.data);
    if (left !== undefined) {
      const server = await whenAnswering(settings, left.process.pid, deadline);
      if (server !== undefined) return server;
    } else {
      const wanted = port ?? (await freePort());
      const started = await spawnServer(settings, wanted, deadline);
      if (started.server !== undefined) return started.server;
      logged = started.log;
      // One that was killed is started again. Parts of it may live a moment longer and hold its memory; a port may be
      // taken meanwhile.
      if (!started.killed && !/still in use|lock file|address already in use|could not bind/i.test(logged)) break;
    }
    await pause(pauseMs * 8);
  }
  throw failed(settings, logged);
}

/** Asks it to end at once but in order, then harder. Resolves when it is gone. */
export async function stopServer({ process: { pid, startedAt } }: RunningServer): Promise<void> {
  const isGone = async () => (await processInfo(pid))?.startedAt !== startedAt;
  // Fast shutdown; immediate shutdown, repaired at the next start; and what cannot be ignored.
  for (const [signal, waitMs] of [
    ['SIGINT', 15_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (await isGone()) return;
    send(pid, signal);
    for (const end = Date.now() + waitMs; Date.now() < end; ) {
      if (await isGone()) return;
      await pause(pauseMs);
    }
  }
}

export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

async function spawnServer(settings: ServerSettings, port: number, deadline: number) {
  const log = join(settings.folder, 'server.log');
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  );
  const output = await open(log, size > maxLogBytes ? 'w' : 'a', 0o600);
  const from = size > maxLogBytes ? 0 : size;
  let exited = false;
  let killed = false;
  let problem: unknown;
  try {
    const child = settings.launch(settings.postgres, serverArguments(settings.data, port), output.fd);
    child.once('exit', (_code, signal) => {
      exited = true;
      killed = signal === 'SIGKILL';
    });
    child.once('error', (thrown) => {
      exited = true;
      problem = thrown;
    });
    child.unref();
    const server =
      child.pid === undefined ? undefined : await whenAnswering(settings, child.pid, deadline, () => exited, port);
    if (server !== undefined) return { server, killed, log: '' };
    await toldOfEnd(child.pid, () => exited);
    if (child.pid !== undefined) send(child.pid, 'SIGINT');
    const text = await readFile(log);
    return { server: undefined, killed, log: problem === undefined ? text.subarray(from).toString() : String(problem) };
  } finally {
    await output.close();
  }
}

/** One that is gone already is told of a moment later, and how it ended with it. */
async function toldOfEnd(pid: number | undefined, isTold: () => boolean): Promise<void> {
  for (let waits = 0; waits < 40 && pid !== undefined && !isTold(); waits += 1) {
    if ((await processInfo(pid)) !== undefined) return;
    await pause(pauseMs);
  }
}

/** Undefined when the process ended, or did not answer in time. */
async function whenAnswering(
  settings: ServerSettings,
  pid: number,
  deadline: number,
  exited: () => boolean = () => false,
  port?: number,
): Promise<RunningServer | undefined> {
  while (Date.now() < deadline && !exited() && !settings.isAbandoned?.()) {
    const info = await processInfo(pid);
    if (info === undefined) return undefined;
    const known = port ?? (await runningServer(settings.data))?.port;
    if (known && (await answers(settings.url(known), settings.data))) return { process: info, port: known };
    await pause(pauseMs);
  }
  return undefined;
}

function serverArguments(data: string, port: number): string[] {
  const settings = [
    // Loopback only, with a password; no socket file, whose path would have to be short.
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    // No replicas follow this server, so it need not write for them.
    'wal_level=minimal',
    'max_wal_senders=0',
    'jit=off',
    'log_checkpoints=off',
    'timezone=UTC',
  ];
  return ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

function failed(settings: ServerSettings, log: string): MoorageError {
  const lines = log.trim().split('\n').slice(-5).join(' | ');
  return new MoorageError(
    /no space left/i.test(log) ? 'resource_exhausted' : 'unavailable',
    `The embedded PostgreSQL in "${settings.folder}" did not start: ${lines || 'it did not answer in time'}. ` +
      `Its log is "${join(settings.folder, 'server.log')}"; DATABASE_URL would use a server of your own instead`,
    { operation: 'embedded.start', context: { folder: settings.folder } },
  );
}

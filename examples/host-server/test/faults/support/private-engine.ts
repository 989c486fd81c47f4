import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { AgentTransport } from '@moorage/core';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../../../../', import.meta.url));
/** The script that starts an engine; beside it lies `down`. */
const up = resolve(repository, process.env.MOORAGE_TEST_DOCKER_UP ?? '../shared/docker/up');
const forwarder = fileURLToPath(new URL('forwarder.mjs', import.meta.url));

/** An engine of a test's own in a network of its own, and the way to the agents on it. */
export interface PrivateEngine {
  readonly socketPath: string;
  start(): Promise<void>;
  /** Ends it properly, its containers too. */
  stop(): Promise<void>;
  /** As a crash: SIGKILL to the engine's own process. */
  kill(): Promise<void>;
  readonly transport: AgentTransport;
  /** Status and body of what the agent at this address of the engine's machine answers. */
  ask(address: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Stops whatever runs and removes all data. */
  close(): Promise<void>;
}

export async function privateEngine(): Promise<PrivateEngine> {
  // Short: paths of sockets are limited to 107 characters.
  const folder = await mkdtemp(join(tmpdir(), 'moor-'));
  const data = join(folder, 'e');
  const way = join(folder, 'way.sock');
  const keeper = await keepNetwork(way);
  const start = async () => {
    await run('nsenter', [`--net=/proc/${keeper.pid}/ns/net`, '--', up, '--private', data]);
  };
  const stop = async () => {
    await run(join(dirname(up), 'down'), ['--private', data]);
  };
  const ask = (address: string, timeoutMs = 30_000) => askThrough(way, address, timeoutMs);
  let started = false;
  return {
    socketPath: join(data, 'docker.sock'),
    async start() {
      started = true;
      await start();
    },
    stop,
    async kill() {
      const pid = Number(await readFile(join(data, 'dockerd.pid'), 'utf8'));
      process.kill(pid, 'SIGKILL');
      await ended(pid);
    },
    transport: {
      async probe({ host, port }, path, timeoutMs) {
        const begin = performance.now();
        const found = await ask(`http://${host}:${port}${path}`, timeoutMs).catch((error: Error) => error.message);
        const responseTimeMs = performance.now() - begin;
        if (typeof found === 'string') return { kind: 'fail', responseTimeMs, error: 'network', message: found };
        if (found.status === 200) return { kind: 'pass', responseTimeMs, load: undefined, warn: false };
        return { kind: 'fail', responseTimeMs, error: 'status', message: `answered ${found.status}` };
      },
      close: async () => undefined,
    },
    ask,
    async close() {
      // A killed engine leaves its containers and their keeper running: only an engine that is up again can end them.
      if (started) {
        await start();
        await stop();
      }
      const gone = once(keeper, 'close');
      keeper.kill('SIGKILL');
      await gone;
      await unmountUnder(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/**
 * A network namespace that outlives the engines in it: an engine without a bridge would remove `docker0` where it
 * starts. Its keeper passes requests on to agents, whose ports are open in there only.
 */
async function keepNetwork(way: string): Promise<ChildProcess> {
  const script = 'busybox ip link set lo up && exec "$0" "$1" "$2"';
  const keeper = spawn('unshare', ['--net', '--', 'sh', '-c', script, process.execPath, forwarder, way], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [first] = await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'close')]);
  if (keeper.exitCode !== null || !String(first).startsWith('ready')) throw new Error('no network namespace');
  return keeper;
}

function askThrough(way: string, address: string, timeoutMs: number): Promise<{ status: number; body: string }> {
  const { host, pathname } = new URL(address);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { 'x-target': host };
    const sent = request({ socketPath: way, path: pathname, headers, agent: false, signal }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/**
 * An engine that was killed leaves its data folder mounted on itself. Deepest first, and only what lies under the
 * folder.
 */
async function unmountUnder(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse()) await run('umount', [mount]);
}

async function ended(pid: number): Promise<void> {
  for (let look = 0; look < 1_200; look += 1) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
    if (status === undefined || /^State:\s+Z/m.test(status)) return;
    await scheduler.wait(25);
  }
  throw new Error(`process ${pid} does not end`);
}

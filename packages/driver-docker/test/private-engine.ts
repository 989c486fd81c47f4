import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../../', import.meta.url));
/** The script that starts an engine; beside it lies `down`. */
const up = resolve(repository, process.env.MOORAGE_TEST_DOCKER_UP ?? '../shared/docker/up');

/** Engines of a test's own behind one socket path, which may be started, stopped, killed and exchanged. */
export interface PrivateEngine {
  /** What a driver is given; leads to the engine that `use` chose last. */
  readonly socketPath: string;
  /** Starts the engine with the data of this name and lets the socket path lead to it. */
  use(data: 'first' | 'second'): Promise<void>;
  /** Ends it properly, its containers too. */
  stop(data: 'first' | 'second'): Promise<void>;
  /** As a crash: SIGKILL to this engine's own process, by its id. */
  kill(data: 'first' | 'second'): Promise<void>;
  /** While it is down: this container's removal was under way when it ended, as its own record of it says then. */
  breakOffRemoval(data: 'first' | 'second', name: string): Promise<void>;
  /** Stops whatever runs and removes all data. */
  close(): Promise<void>;
}

export async function privateEngine(): Promise<PrivateEngine> {
  // Short: paths of sockets are limited to 107 characters.
  const folder = await mkdtemp(join(tmpdir(), 'moor-'));
  const socketPath = join(folder, 'engine.sock');
  const started = new Set<string>();
  const processOf = async (data: string) => Number(await readFile(join(folder, data, 'dockerd.pid'), 'utf8'));
  const engine: PrivateEngine = {
    socketPath,
    async use(data) {
      started.add(data);
      await start(join(folder, data));
      await symlink(join(folder, data, 'docker.sock'), `${socketPath}.new`);
      await rename(`${socketPath}.new`, socketPath);
    },
    stop: async (data) => void (await run(join(dirname(up), 'down'), ['--private', join(folder, data)])),
    async kill(data) {
      const pid = await processOf(data);
      process.kill(pid, 'SIGKILL');
      await gone(pid);
    },
    async breakOffRemoval(data, name) {
      const containers = join(folder, data, 'data/containers');
      for (const id of await readdir(containers)) {
        const path = join(containers, id, 'config.v2.json');
        const config = JSON.parse(await readFile(path, 'utf8')) as { Name: string; State: object };
        if (config.Name !== `/${name}`) continue;
        await writeFile(path, JSON.stringify({ ...config, State: { ...config.State, RemovalInProgress: true } }));
        return;
      }
      throw new Error(`The engine has no container "${name}"`);
    },
    async close() {
      // A killed engine leaves its containers and their keeper running: only an engine that is up again can end them.
      for (const data of started) {
        await start(join(folder, data));
        await engine.stop(data as 'first' | 'second');
      }
      await unmountUnder(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return engine;
}

/**
 * In a network namespace of its own: an engine without a bridge removes `docker0` where it starts, and that is the
 * default engine's; its networks would also meet those of the other engine.
 */
async function start(folder: string): Promise<void> {
  await run('unshare', [
    '--net',
    '--',
    'sh',
    '-c',
    'busybox ip link set lo up && exec "$0" --private "$1"',
    up,
    folder,
  ]);
}

/**
 * An engine that was killed leaves its data folder mounted on itself. Deepest first, and only what lies under the
 * folder.
 */
async function unmountUnder(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse()) await run('umount', [mount]);
}

async function gone(pid: number): Promise<void> {
  for (let look = 0; look < 1200; look += 1) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
    if (status === undefined || /^State:\s+Z/m.test(status)) return;
    await scheduler.wait(25);
  }
  throw new Error(`process ${pid} does not end`);
}

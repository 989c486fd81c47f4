import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A Docker Engine of its own, in the network that this process runs in: that has to be one of its own too (`unshare
 * --net`), since an engine without a bridge removes `docker0` where it starts.
 */
export async function privateEngine() {
  const up = resolve(process.env.MOORAGE_TEST_DOCKER_UP ?? '../shared/docker/up');
  // Short: paths of sockets are limited to 107 characters.
  const folder = await mkdtemp(join(tmpdir(), 'moor-'));
  const data = join(folder, 'e');
  const start = async () => {
    await run(up, ['--private', data]);
  };
  await start();
  return {
    socketPath: join(data, 'docker.sock'),
    start,
    /** As a crash: SIGKILL to the engine's own process; what it runs goes on. */
    async kill() {
      const pid = Number(await readFile(join(data, 'dockerd.pid'), 'utf8'));
      process.kill(pid, 'SIGKILL');
      await ended(pid);
    },
    async close() {
      // Only an engine that is up can end what it runs.
      await start();
      await run(join(dirname(up), 'down'), ['--private', data]);
      const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
      for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse())
        await run('umount', [mount]);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function ended(pid: number): Promise<void> {
  for (let look = 0; look < 1_200; look += 1) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
    if (status === undefined || /^State:\s+Z/m.test(status)) return;
    await scheduler.wait(25);
  }
  throw new Error(`process ${pid} does not end`);
}

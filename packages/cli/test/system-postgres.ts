import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A server with its tools, as an operator runs it: from the packages of the system, Debian's `postgresql`. */
export interface SystemPostgres {
  url(database: string): string;
  /** Runs one of its programs (`pg_dump`, `createdb`, …) as the server's user; rejects with what it said. */
  run(program: string, args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export async function systemPostgres(): Promise<SystemPostgres> {
  const bin = newestBinaries();
  const user = await serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'moorage-backup-'));
  if (user) await chown(folder, user.uid, user.gid);
  const port = await freePort();
  const env = { PATH: process.env.PATH ?? '', PGHOST: folder, PGPORT: String(port), PGUSER: 'moorage', LC_ALL: 'C' };
  const run: SystemPostgres['run'] = async (program, args) => {
    const { stdout } = await execute(join(bin, program), [...args], { cwd: folder, env, ...user });
    return stdout;
  };
  const data = join(folder, 'data');
  await run('initdb', ['-D', data, '-U', 'moorage', '--auth=trust', '--encoding=UTF8', '--no-sync']);
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`;
  await run('pg_ctl', ['-D', data, '-l', join(folder, 'log'), '-w', '-o', settings, 'start']);
  return {
    url: (database) => `postgresql://moorage@127.0.0.1:${port}/${database}`,
    run,
    async close() {
      await run('pg_ctl', ['-D', data, '-m', 'fast', '-w', 'stop']);
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

function newestBinaries(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((one, other) => Number(other) - Number(one)) : [];
  const bin = versions.map((version) => join(root, version, 'bin')).find((path) => existsSync(join(path, 'initdb')));
  if (bin !== undefined) return bin;
  throw new Error('This test needs a PostgreSQL of the system with its tools: apt-get install postgresql');
}

/** PostgreSQL refuses to run as root. */
async function serverUser(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all([execute('id', ['-u', 'postgres']), execute('id', ['-g', 'postgres'])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

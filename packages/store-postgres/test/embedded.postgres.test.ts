import { once } from 'node:events';
import { chmod, mkdir, readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { processInfo } from '../src/embedded/process-info.js';
import { runningServer } from '../src/embedded/running-server.js';
import { type EmbeddedPostgres, embeddedPostgres, type PostgresStore, postgresStore } from '../src/index.js';
import { newDeployment } from './deployment.js';
import { type HostProcess, type HostProgram, hostProgram } from './host-process.js';
import { scratchFolder, until } from './scratch.js';

let program: HostProgram;
let folder: string;
let removeFolder: () => Promise<void>;
const servers: EmbeddedPostgres[] = [];
const stores: PostgresStore[] = [];
const hosts: HostProcess[] = [];

beforeAll(async () => {
  program = await hostProgram();
});
afterAll(() => program?.remove());
beforeEach(async () => {
  const scratch = await scratchFolder();
  folder = scratch.path;
  removeFolder = scratch.remove;
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.kill();
  for (const store of stores.splice(0)) await store.close();
  for (const server of servers.splice(0)) await server.close();
  await stopLeftover();
  await removeFolder();
});

/** A server whose host was killed by the case ends with the case. */
async function stopLeftover(): Promise<void> {
  const left = await runningServer(join(folder, 'data'));
  if (left === undefined) return;
  killIfThere(left.process.pid);
  await gone(left.process.pid);
}

async function open(options: Partial<Parameters<typeof embeddedPostgres>[0]> = {}): Promise<EmbeddedPostgres> {
  const server = await embeddedPostgres({ folder, ...options });
  servers.push(server);
  return server;
}

async function openStore(server: EmbeddedPostgres): Promise<PostgresStore> {
  const store = await postgresStore({ url: server.url });
  stores.push(store);
  return store;
}

function startHost(...more: string[]): HostProcess {
  const host = program.start(folder, ...more);
  hosts.push(host);
  return host;
}

const gone = (pid: number) => until(`process ${pid} is gone`, async () => (await processInfo(pid)) === undefined);

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Ids that a host was told to be committed, until there are so many. */
async function committed(host: HostProcess, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const [word, id] = (await host.line()).split(' ');
    if (word !== 'committed' || id === undefined) throw new Error(`unexpected: ${word} ${id}`);
    ids.push(id);
  }
  return ids;
}

describe('embeddedPostgres', () => {
  it('keeps its password closed to others, and its data over a restart', async () => {
    const server = await open();
    expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
    const store = await openStore(server);
    await store.commit(newDeployment('d-1'));
    const owner = await store.owner();
    const pid = server.pid() ?? 0;
    await server.close();
    await server.close();
    expect(await processInfo(pid)).toBeUndefined();
    expect((await readdir(folder)).sort()).toEqual(['data', 'password', 'server.log']);
    const again = await openStore(await open());
    expect(await again.owner()).toBe(owner);
    expect((await again.read('d-1'))?.revision).toBe(1);
  });

  it('works below a folder that only its host may enter', async () => {
    const inner = join(folder, 'closed/state');
    await mkdir(inner, { recursive: true });
    await chmod(join(folder, 'closed'), 0o700);
    const server = await open({ folder: inner });
    const store = await openStore(server);
    await store.commit(newDeployment('d-1'));
    await store.close();
    await server.close();
    const again = await openStore(await open({ folder: inner }));
    expect((await again.read('d-1'))?.revision).toBe(1);
  });

  it('refuses a second host on the folder, in this process and in another, and names the way out', async () => {
    const server = await open();
    await expect(embeddedPostgres({ folder })).rejects.toMatchObject({
      code: 'already_exists',
      message: expect.stringContaining('DATABASE_URL'),
    });
    expect(await startHost().line()).toMatch(/^refused already_exists .*DATABASE_URL/);
    const store = await openStore(server);
    expect((await store.commit(newDeployment('d-1'))).revision).toBe(1);
  });

  it('takes up the server that a killed host left running', async () => {
    const host = startHost();
    const pid = Number((await host.line()).split(' ')[1]);
    const ids = await committed(host, 5);
    await host.kill();
    const server = await open();
    expect(server.pid()).toBe(pid);
    const store = await openStore(server);
    for (const id of ids) expect((await store.read(id))?.revision).toBe(1);
    await server.close();
    expect(await processInfo(pid)).toBeUndefined();
  });

  it('starts again after host and server were killed, with every acknowledged commit', async () => {
    const host = startHost();
    const pid = Number((await host.line()).split(' ')[1]);
    const ids = await committed(host, 20);
    killIfThere(pid);
    await host.kill();
    await gone(pid);
    const server = await open();
    expect(server.pid()).not.toBe(pid);
    const store = await openStore(server);
    for (const id of ids) expect((await store.read(id))?.revision).toBe(1);
    expect((await store.audit(ids.at(-1) ?? '')).length).toBe(1);
  });

  it('begins anew after its host was killed in the middle of the first start', async () => {
    const host = startHost();
    await until('the data is being made', async () => {
      const names = await readdir(folder);
      // On a machine that slept through it, the data is complete already: then the kill comes after it.
      if (names.includes('data')) return true;
      const draft = names.find((name) => name.startsWith('init-'));
      return draft !== undefined && (await readdir(join(folder, draft, 'data')).catch(() => [])).length > 0;
    });
    await host.kill();
    const store = await openStore(await open());
    expect((await store.commit(newDeployment('d-1'))).revision).toBe(1);
  });

  it('starts again by itself when its server is killed', async () => {
    const server = await open();
    const store = await openStore(server);
    const seen = new Set<string>();
    store.watch((id) => seen.add(id));
    await store.commit(newDeployment('d-1'));
    const first = server.pid() ?? 0;
    killIfThere(first);
    await gone(first);
    await until('the server is back', async () => (server.pid() ?? first) !== first);
    let tries = 0;
    await until('a commit is taken', () => {
      tries += 1;
      return store.commit(newDeployment(`d-again-${tries}`)).catch(() => undefined);
    });
    expect((await store.read('d-1'))?.revision).toBe(1);
    // The connection that listens has to come back as well: the other store's hints arrive by it alone.
    const other = await openStore(server);
    let count = 0;
    await until('a hint of another store comes', async () => {
      count += 1;
      await other.commit(newDeployment(`d-other-${count}`));
      return [...seen].some((id) => id.startsWith('d-other-'));
    });
  });

  it('does not take a foreign process for its server', async () => {
    const server = await open();
    const store = await openStore(server);
    await store.commit(newDeployment('d-1'));
    await store.close();
    await server.close();
    // As after a crash and a restart of the machine: the number belongs to some other program by now, here to this one.
    const lines = [process.pid, join(folder, 'data'), 1, 1, '', '127.0.0.1', '1 1', 'ready'];
    await writeFile(join(folder, 'data/postmaster.pid'), lines.join('\n'));
    const again = await openStore(await open());
    expect((await again.read('d-1'))?.revision).toBe(1);
  });

  it('takes over the lock of a process that is gone or was another of the same number', async () => {
    for (const lock of ['{"pid":4194304,"startedAt":"x"}', `{"pid":${process.pid},"startedAt":"x"}`, 'damaged', '']) {
      await writeFile(join(folder, 'host.lock'), lock);
      const server = await open();
      await server.close();
    }
    expect(await readdir(folder)).not.toContain('host.lock');
  });

  it('says in one line what is wrong with a folder', async () => {
    const server = await open();
    await server.close();
    await unlink(join(folder, 'password'));
    await expect(embeddedPostgres({ folder })).rejects.toMatchObject({
      code: 'permission_denied',
      message: expect.stringContaining('password'),
    });
    await writeFile(join(folder, 'a-file'), '');
    await expect(embeddedPostgres({ folder: join(folder, 'a-file') })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('a-file'),
    });
    await writeFile(join(folder, 'password'), 'guess');
    await writeFile(join(folder, 'data/PG_VERSION'), '9.6\n');
    await expect(embeddedPostgres({ folder, startTimeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/server\.log/),
    });
    expect(await readdir(folder)).not.toContain('host.lock');
  });

  it('ends with a host that exits without closing it', async () => {
    const host = startHost('exit');
    const pid = Number((await host.line()).split(' ')[1]);
    await gone(pid);
    const store = await openStore(await open());
    expect((await store.commit(newDeployment('d-1'))).revision).toBe(1);
  });

  it('writes nothing to the output of its host, and leaves its signals alone', async () => {
    const host = startHost();
    expect(await host.line()).toMatch(/^ready \d+$/);
    expect(await host.line()).toMatch(/^committed /);
    const ended = once(host.process, 'exit');
    host.process.kill('SIGTERM');
    expect((await ended)[1]).toBe('SIGTERM');
  });
});

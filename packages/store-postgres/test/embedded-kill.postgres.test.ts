import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { processInfo } from '../src/embedded/process-info.js';
import { embeddedPostgres, postgresStore } from '../src/index.js';
import { type HostProcess, type HostProgram, hostProgram } from './host-process.js';
import { processesOf } from './processes-of.js';
import { scratchFolder, until } from './scratch.js';

let program: HostProgram;
let folder: string;
let removeFolder: () => Promise<void>;
let host: HostProcess | undefined;

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
  await host?.kill();
  await killAll(await processesOf(folder));
  await removeFolder();
});

async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  for (const pid of pids) await until(`process ${pid} is gone`, async () => (await processInfo(pid)) === undefined);
}

const draft = () => readdirSync(folder).find((name) => name.startsWith('init-')) ?? 'none';
const inDraft = (name: string) => existsSync(join(folder, draft(), 'data', name));
const inData = (name: string) => existsSync(join(folder, 'data', name));

/** Moments of a first start, in order. One that a slow machine has slept through is over: the kill comes after it. */
const moments: readonly (readonly [string, () => boolean])[] = [
  ['the password is made', () => existsSync(join(folder, 'password'))],
  ['initdb begins', () => inDraft('PG_VERSION') || inData('PG_VERSION')],
  ['initdb is half done', () => inDraft('base/4') || inData('base/4')],
  ['the data is complete', () => inData('PG_VERSION')],
  ['the server begins', () => inData('postmaster.pid')],
];

const reach = (isReached: () => boolean) => until('the moment', async () => isReached());

it.each(moments)('survives that host and server are killed in the first start, when %s', async (_name, isReached) => {
  host = program.start(folder);
  await reach(isReached);
  await host.kill();
  await killAll(await processesOf(folder));
  await startsAndKeeps([]);
});

it.each(moments.slice(1, 3))('survives that its host alone is killed, when %s', async (_name, isReached) => {
  host = program.start(folder);
  await reach(isReached);
  await host.kill();
  // What its initdb still writes is in nobody's way.
  await startsAndKeeps([]);
});

it.each(moments.slice(1))(
  'begins again in the same start when it is killed itself, when %s',
  async (_name, isReached) => {
    host = program.start(folder);
    await reach(isReached);
    await killAll(await processesOf(folder, host.process.pid));
    expect(await host.line()).toMatch(/^ready \d+$/);
  },
);

it('keeps every acknowledged commit, whatever is killed and whenever', async () => {
  const acknowledged: string[] = [];
  const victims = ['host', 'server', 'both', 'one process'] as const;
  for (const [round, victim] of [...victims, ...victims].entries()) {
    const running = program.start(folder);
    host = running;
    const heard = listenTo(running, acknowledged);
    // From before the server is up to well after it.
    const before = acknowledged.length;
    if (round % 3 !== 0) await until('something is committed', async () => acknowledged.length > before + round);
    await sleep(Math.random() * 300);
    const pids = await processesOf(folder, running.process.pid);
    if (victim === 'host' || victim === 'both') await running.kill();
    if (victim === 'one process') await killAll(pids.slice(-1));
    else if (victim !== 'host') await killAll(pids);
    await running.kill();
    await heard;
  }
  await startsAndKeeps(acknowledged);
});

/** Until it ends: the ids of what the host was told to be committed. */
async function listenTo(running: HostProcess, acknowledged: string[]): Promise<void> {
  for (;;) {
    const line = await running.line().catch(() => undefined);
    if (line === undefined) return;
    const [word, id] = line.split(' ');
    if (word === 'committed' && id !== undefined) acknowledged.push(id);
  }
}

async function startsAndKeeps(ids: readonly string[]): Promise<void> {
  const server = await embeddedPostgres({ folder });
  const store = await postgresStore({ url: server.url });
  for (const id of ids) expect((await store.read(id))?.revision).toBe(1);
  await store.acquireLeases('host-a', [1], 1_000);
  await store.close();
  await server.close();
  expect(readdirSync(folder).filter((name) => /^(data|password)$/.test(name))).toHaveLength(2);
}

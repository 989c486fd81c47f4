import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver, InstanceSpec } from '@moorage/core/driver';
import { conformanceAgentSource, type DriverHarness } from '@moorage/core/testing';
import { openProcessDriver, processDriver } from '../src/process-driver.js';
import { never } from './kit.js';

/** The process driver on a state folder of its own. */
export async function makeHarness(): Promise<DriverHarness> {
  const bed = await mkdtemp(join(tmpdir(), 'moorage-conformance-'));
  const folder = join(bed, 'state');
  const agent = join(bed, 'agent.mjs');
  await writeFile(agent, conformanceAgentSource);
  const source = { kind: 'program', language: 'node', version: undefined } as const;
  const instance = (name: string) => join(folder, 'instances', name);
  return {
    realProcesses: true,
    makeDriver: async () => processDriver({ folder }),
    sourceOf: async () => ({ source: { ...source, entrypoint: agent }, command: undefined }),
    request,
    leftovers: (owner) => leftovers(folder, owner),
    foreign: async (name) => {
      const theirs = join(instance(name), 'notes.txt');
      await mkdir(instance(name), { recursive: true });
      await writeFile(theirs, 'somebody else keeps this here');
      return {
        exists: async () => (await stat(theirs).catch(() => undefined)) !== undefined,
        remove: () => rm(instance(name), { recursive: true }),
      };
    },
    killOutside: async (name, signal) => {
      process.kill((await readRecord(join(instance(name), 'status.json'))).agent.pid, signal);
    },
    removeOutside: async (name) => {
      const { shim, agent: leader } = await readRecord(join(instance(name), 'status.json'));
      process.kill(shim.pid, 'SIGKILL');
      process.kill(-leader.pid, 'SIGKILL');
      await rm(instance(name), { recursive: true });
    },
    halfMade: (_, spec) => halfMade(folder, spec),
    unreachable: async () => {
      const driver = await listed(folder);
      const restore = await takeAway(folder);
      return { driver, restore };
    },
    exchanged: async () => {
      const driver = await listed(folder);
      const putBack = await takeAway(folder);
      await (await listed(folder)).close();
      return { driver, restore: () => rm(folder, { recursive: true }).then(putBack) };
    },
    missingSource: () => ({ ...source, entrypoint: join(bed, 'not-there.mjs') }),
    close: () => close(bed, folder),
  };
}

async function request({ host, port }: { readonly host: string; readonly port: number }, path: string) {
  const base = `http://${host}:${port}`;
  // Nothing is mounted for a process: the environment tells where its volume is.
  const volume = path.includes('path=/data/') && (await (await fetch(`${base}/env?name=MOORAGE_VOLUME_DATA`)).json());
  const url = base + (volume ? path.replace('path=/data', `path=${volume}`) : path);
  const response = await fetch(url).catch((error) => {
    // Outside a container the signal ends the agent at once, before it has answered.
    if (path === '/abort' && error.cause?.code === 'UND_ERR_SOCKET') return new Response('');
    throw error;
  });
  return { status: response.status, body: await response.text() };
}

async function readRecord(path: string) {
  return JSON.parse(await readFile(path, 'utf8').catch(() => '{}'));
}

async function leftovers(folder: string, owner: string): Promise<string[]> {
  const volumes = (await readdir(join(folder, 'volumes'))).filter((name) => name.startsWith(`${owner}.`));
  const names = await readdir(join(folder, 'instances'));
  const records = await Promise.all(names.map((name) => readRecord(join(folder, 'instances', name, 'spec.json'))));
  return [...volumes, ...records.flatMap((record) => (record.owner === owner ? [record.name] : []))];
}

async function halfMade(folder: string, spec: InstanceSpec): Promise<void> {
  const dying = openProcessDriver(
    { folder },
    {
      reach: (step) => {
        if (step === 'placed') throw new Error('the host died here');
      },
    },
  );
  const outcome = await dying.create(spec, { signal: never() }).catch((error: Error) => error.message);
  if (!outcome?.includes('the host died here')) throw new Error(`It was not left half made: ${outcome}`);
  await dying.close();
}

/** A driver that knows its engine already. */
async function listed(folder: string): Promise<Driver> {
  const driver = processDriver({ folder });
  await driver.list({ owner: 'nobody' }, { signal: never() });
  return driver;
}

async function takeAway(folder: string): Promise<() => Promise<void>> {
  await rename(folder, `${folder}-away`);
  return () => rename(`${folder}-away`, folder);
}

/** Fails when the suite has left anything, on disk or running. */
async function close(bed: string, folder: string): Promise<void> {
  const parts = ['instances', 'staging', 'trash', 'ports', 'volumes', 'hints'];
  const left = await Promise.all(parts.map((part) => readdir(join(folder, part))));
  const processes = await processesNaming(bed);
  await rm(bed, { recursive: true, force: true });
  if (left.flat().length + processes.length === 0) return;
  throw new Error(`Left behind: ${JSON.stringify({ left, processes })}`);
}

/** Shims and agents have a path in here on their command line. Linux only; elsewhere there is nothing to read. */
async function processesNaming(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(folder));
}

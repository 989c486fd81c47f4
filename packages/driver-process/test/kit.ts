import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContainerDriver, InstanceSpec, LogLine, ObservedInstance } from '@moorage/core/driver';
import { openProcessDriver, type ProcessDriverOptions } from '../src/process-driver.js';

export const agentPath = fileURLToPath(new URL('agent.mjs', import.meta.url));

const patienceMs = 40_000;

/** Asks again until it answers something; fails after a time that no machine should need. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > until) throw new Error(`Not within ${patienceMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export function makeSpec(changes: Partial<InstanceSpec> = {}): InstanceSpec {
  const deploymentId = changes.deploymentId ?? `d-${randomBytes(8).toString('hex')}`;
  return {
    kind: 'agent',
    name: `moor-${deploymentId}-0-0a1b2c3d-1`,
    owner: 'owner-1',
    tenant: 'tenant-1',
    deploymentId,
    agentId: 'agent.test',
    ordinal: 0,
    attempt: 1,
    templateHash: '0a1b2c3d4e5f',
    restartEpoch: 0,
    source: { kind: 'program', language: 'node', version: undefined, entrypoint: agentPath },
    command: undefined,
    env: {},
    secretEnv: {},
    port: 8080,
    resources: { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined },
    user: '65534:65534',
    readOnlyRoot: true,
    isolated: false,
    egress: 'internet',
    volumes: [],
    graceMs: 10_000,
    ...changes,
  };
}

/** A signal that never aborts; a new one for each call, as a host gives it. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

/** A state folder of its own, with everything in it removed at the end. */
export async function makeBed() {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-process-'));
  const drivers: ContainerDriver[] = [];
  const open = (options: Partial<ProcessDriverOptions> = {}, replaced = {}) => {
    const driver = openProcessDriver({ folder, ...options }, replaced);
    drivers.push(driver);
    return driver;
  };
  const list = async (driver: ContainerDriver, owner = 'owner-1') =>
    (await driver.list({ owner }, { signal: never() })).instances;
  const call = (owner = 'owner-1') => ({ owner, signal: never() });
  return {
    folder,
    open,
    list,
    call,
    create: (driver: ContainerDriver, spec: InstanceSpec) => driver.create(spec, { signal: never() }),
    remove: (driver: ContainerDriver, name: string, changes = {}) =>
      driver.remove(name, { ...call(), graceMs: 10_000, purge: true, ...changes }),
    find: async (driver: ContainerDriver, name: string) => (await list(driver)).find((one) => one.name === name),
    waitState: (driver: ContainerDriver, name: string, state: ObservedInstance['state']) =>
      eventually(`${name} is ${state}`, async () => {
        const found = (await list(driver)).find((one) => one.name === name);
        return found?.state === state && found;
      }),
    lines: async (driver: ContainerDriver, name: string, changes = {}) => {
      const lines: LogLine[] = [];
      const logs = driver.logs?.(name, { ...call(), follow: false, tail: undefined, since: undefined, ...changes });
      for await (const line of logs ?? []) lines.push(line);
      return lines;
    },
    close: async () => {
      const cleaner = openProcessDriver({ folder }, {});
      for (const name of await readdir(join(folder, 'instances')).catch(() => [])) {
        const owner = await ownerOf(join(folder, 'instances', name));
        if (owner) await cleaner.remove(name, { owner, signal: never(), graceMs: 0, purge: true });
      }
      for (const driver of [...drivers, cleaner]) await driver.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ownerOf(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'spec.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { owner?: string }).owner;
}

/** GET, until the agent answers. */
export function ask<T = Record<string, unknown>>(instance: ObservedInstance, path: string): Promise<T> {
  const { host, port } = instance.endpoint ?? { host: '', port: 0 };
  return eventually(`${instance.name} answers ${path}`, async () => {
    const response = await fetch(`http://${host}:${port}${path}`).catch(() => undefined);
    return response?.ok && ((await response.json()) as T);
  });
}

/** True while a process of this pid is there and has not ended. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat !== undefined) return !/\) [ZX] /.test(stat);
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux';
  } catch {
    return false;
  }
}

/** Processes that carry the mark of an instance of this name. Linux only. */
export async function processesOf(name: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(`MOORAGE_INSTANCE=${name}`) && (await isAlive(pid)) ? [pid] : [];
    }),
  );
  return found.flat();
}

import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createHost, type Diagnosis, type Driver, type Host, verifyAuditChain } from '@moorage/core';
import { conformanceAgentSource, eventually } from '@moorage/core/testing';
import { processDriver } from '@moorage/driver-process';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type CliProgram, cliProgram } from './cli-process.js';
import { systemPostgres } from './system-postgres.js';

const patience = { deadlineMs: 120_000 };
const tenant = 'customer-1';

let cli: CliProgram;
let state = '';
let entrypoint = '';
const hosts: Host[] = [];
/** Whose instances are in the folder. */
const owners = new Set<string>();

beforeAll(async () => {
  cli = await cliProgram();
});
afterAll(() => cli?.remove());
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'moorage-backup-'));
  entrypoint = join(state, 'agent.mjs');
  await writeFile(entrypoint, conformanceAgentSource);
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
  await removeAllInstances();
  await rm(state, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

const processes = () => join(state, 'processes');
const manifest = (name: string) => ({
  agent_id: `agent.${name}`,
  name,
  version: '1.0.0',
  runtime: { language: 'node', entrypoint, probes: { interval_ms: 2000, timeout_ms: 1900, failure_threshold: 10 } },
});

async function openHost(url: string): Promise<Host> {
  const driver = processDriver({ folder: processes() });
  const host = await createHost({ driver, store: await postgresStore({ url }), resyncMs: 500, hostId: 'the-host' });
  hosts.push(host);
  owners.add(host.owner);
  return host;
}

async function ready(host: Host, ...names: readonly string[]) {
  const handles = await Promise.all(names.map((name) => host.deploy(manifest(name), { tenant })));
  await Promise.all(handles.map((handle) => handle.ready()));
  return handles.map((handle) => handle.id);
}

/** Names and processes of what runs, as the engine tells. */
async function running(owner: string): Promise<ReadonlyMap<string, number | undefined>> {
  const driver: Driver = processDriver({ folder: processes() });
  const { instances } = await driver.list({ owner }, { signal: AbortSignal.timeout(60_000) });
  await driver.close();
  return new Map(instances.filter((one) => one.state === 'running').map((one) => [one.name, one.startedAt]));
}

const ofDeployment = (all: ReadonlyMap<string, number | undefined>, id: string) =>
  [...all].filter(([name]) => name.includes(id));

async function doctor(url: string): Promise<Diagnosis> {
  const engine = ['--driver', 'process', '--processes', processes()];
  const { out, err } = await cli.run(['doctor', '--json', '--store', url, ...engine]);
  if (out === '') throw new Error(`doctor said nothing: ${err}`);
  return JSON.parse(out) as Diagnosis;
}

/**
 * Two agents in the backup; afterwards one of them is deleted and a third is made, and the host is stopped. `backUp`
 * gives the host that is there after it, `restore` the URL of the database as it was.
 */
async function comesBack(
  liveUrl: string,
  backUp: (host: Host) => Promise<Host>,
  restore: () => Promise<string>,
): Promise<void> {
  const first = await openHost(liveUrl);
  const [kept = '', deleted = ''] = await ready(first, 'kept', 'deleted');
  const before = await backUp(first);
  const [since = ''] = await ready(before, 'since');
  const victim = await before.get(deleted);
  await victim.remove();
  await victim.gone();
  const atTheStop = await running(before.owner);
  await before.close();
  const url = await restore();

  // Before any host starts, the operator sees what will come of it.
  const stranger = (await doctor(url)).findings.find((finding) => finding.deploymentId === since);
  expect(stranger?.kind).toBe('unknown');
  expect(stranger?.willDo).toContain('leave it alone');

  const host = await openHost(url);
  expect(host.owner).toBe(before.owner);
  await (await host.get(deleted)).ready();
  const problem = await eventually(
    'the host tells what it does not know',
    async () => (await host.check()).problems.find((words) => words.includes(since)),
    patience,
  );
  expect(problem).toMatch(/left alone/);
  // What the backup knows is as it was, also what runs; what was deleted since is wanted again; the stranger goes on.
  const now = await running(host.owner);
  expect(ofDeployment(now, kept)).toEqual(ofDeployment(atTheStop, kept));
  expect(ofDeployment(now, since)).toEqual(ofDeployment(atTheStop, since));
  expect(ofDeployment(now, since)).toHaveLength(1);
  expect(ofDeployment(now, deleted)).toHaveLength(1);
  for (const id of [kept, deleted]) expect(verifyAuditChain(await (await host.get(id)).audit())).toBeUndefined();
  expect((await doctor(url)).findings.find((finding) => finding.deploymentId === since)?.kind).toBe('unknown');
  // New wishes are taken, beside the stranger.
  await ready(host, 'after');
}

it('pg_dump of a live host, and pg_restore into a new database', { timeout: 300_000 }, async () => {
  const server = await systemPostgres();
  try {
    await server.run('createdb', ['live']);
    await comesBack(
      server.url('live'),
      async (host) => {
        // The host goes on writing while its database is read.
        const busy = await host.deploy(manifest('busy'), { tenant });
        await busy.park();
        let dumping = true;
        const writes = (async () => {
          for (let count = 1; dumping; count += 1) await busy.scale(1 + (count % 2));
        })();
        await server.run('pg_dump', ['--format=custom', '--file=backup.dump', 'live']);
        dumping = false;
        await writes;
        await busy.remove();
        await busy.gone();
        return host;
      },
      async () => {
        await server.run('createdb', ['--template=template0', 'restored']);
        await server.run('pg_restore', ['--exit-on-error', '--no-owner', '--dbname=restored', 'backup.dump']);
        return server.url('restored');
      },
    );
  } finally {
    for (const host of hosts.splice(0)) await host.close();
    await server.close();
  }
});

it('a copy of the embedded server’s folder, made while its host is stopped', { timeout: 300_000 }, async () => {
  const folder = join(state, 'postgres');
  const copy = join(state, 'copy');
  let server = await embeddedPostgres({ folder });
  try {
    await comesBack(
      server.url,
      async (host) => {
        await host.close();
        await server.close();
        // With owners and modes: the server may run as another user than its host.
        await promisify(execFile)('cp', ['-a', folder, copy]);
        server = await embeddedPostgres({ folder });
        return openHost(server.url);
      },
      async () => {
        await server.close();
        await rename(folder, join(state, 'set-aside'));
        await rename(copy, folder);
        server = await embeddedPostgres({ folder });
        return server.url;
      },
    );
  } finally {
    for (const host of hosts.splice(0)) await host.close();
    await server.close();
  }
});

async function removeAllInstances(): Promise<void> {
  const driver = processDriver({ folder: processes() });
  const signal = AbortSignal.timeout(60_000);
  for (const owner of owners) {
    const { instances } = await driver.list({ owner }, { signal });
    await Promise.all(instances.map(({ name }) => driver.remove(name, { owner, signal, graceMs: 0, purge: true })));
  }
  await driver.close();
}

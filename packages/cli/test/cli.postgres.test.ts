import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createHost,
  type Diagnosis,
  type Driver,
  type FindingKind,
  type Host,
  memoryStore,
  seededRandom,
  systemClock,
} from '@moorage/core';
import { conformanceAgentSource, eventually } from '@moorage/core/testing';
import { processDriver } from '@moorage/driver-process';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliProgram, cliProgram } from './cli-process.js';

let cli: CliProgram;
let state = '';
let entrypoint = '';
/** Closes the host of a case that has failed. */
let stillOpen: (() => Promise<void>) | undefined;

beforeAll(async () => {
  cli = await cliProgram();
  state = await mkdtemp(join(tmpdir(), 'moorage-doctor-'));
  entrypoint = join(state, 'agent.mjs');
  await writeFile(entrypoint, conformanceAgentSource);
});

afterAll(async () => {
  await stillOpen?.();
  const host = await openHost();
  await host.close({ remove: true });
  await rm(state, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  await cli.remove();
});

const processes = () => join(state, 'processes');
const manifest = () => ({
  agent_id: 'agent.greeter',
  name: 'Greeter',
  version: '1.0.0',
  runtime: { language: 'node', entrypoint, probes: { interval_ms: 2000, timeout_ms: 1900, failure_threshold: 10 } },
});

/** A host as `npm start` has it: embedded PostgreSQL and processes in one state folder. */
async function openHost(): Promise<Host & { readonly url: string }> {
  const server = await embeddedPostgres({ folder: join(state, 'postgres') });
  const store = await postgresStore({ url: server.url });
  const host = await createHost({ driver: processDriver({ folder: processes() }), store, hostId: 'host-of-this-test' });
  const close = async (options?: { readonly remove?: boolean }) => {
    stillOpen = undefined;
    await host.close(options);
    await server.close();
  };
  stillOpen = close;
  return { ...host, close, url: server.url };
}

interface Report extends Diagnosis {
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly message: string };
}

async function doctor(...args: string[]): Promise<{ code: number | null; report: Report; kinds: FindingKind[] }> {
  const { code, out, err } = await cli.run(['doctor', '--json', ...args]);
  if (out === '') throw new Error(`doctor said nothing: ${err}`);
  const report = JSON.parse(out) as Report;
  return { code, report, kinds: report.findings?.map((finding) => finding.kind) ?? [] };
}

/** A host that has just started needs its time to act. */
async function untilNothingDiffers(): Promise<void> {
  await eventually('a doctor that finds nothing', async () => (await doctor('--state', state)).kinds.length === 0, {
    deadlineMs: 90_000,
  });
}

/** Names and contents of everything below a folder, but for what a running server writes. */
async function snapshot(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.sort().map(async (file) => [file, await readFile(file, 'utf8')])));
}

describe('moorage doctor', () => {
  it('reuses the server of a live host, and finds that nothing differs', async () => {
    const host = await openHost();
    const greeter = await host.deploy(manifest(), { tenant: 'customer-1' });
    await greeter.ready();
    await untilNothingDiffers();
    const { code, out, err } = await cli.run(['doctor', '--state', state]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`processes of the folder ${processes()}`);
    expect(out).toContain('host-of-this-test has a live lease, and works on 1 agent\n');
    expect(out).toContain('1 agent wanted, 1 instance of ours on the engine\n');
    expect(out.endsWith('Nothing differs.\n')).toBe(true);
    expect(out).not.toContain(new URL(host.url).password);
    const byUrl = await doctor('--store', host.url, '--driver', 'process', '--processes', processes());
    expect(byUrl).toMatchObject({ code: 0, report: { ok: true, findings: [], instances: 1 } });
    await host.close();
  });

  it('starts and stops the server of a host that is down, and says what the next one will do', async () => {
    const before = await snapshot(processes());
    const agrees = await doctor('--state', state);
    expect(agrees).toMatchObject({ code: 0, report: { ok: true }, kinds: ['no-host'] });
    expect(await snapshot(processes())).toEqual(before);
    expect(existsSync(join(state, 'postgres/data/postmaster.pid'))).toBe(false);

    await killAgents();
    const { code, report, kinds } = await doctor('--state', state);
    expect(code).toBe(1);
    expect(kinds).toEqual(['ended', 'missing', 'no-host']);
    const [ended, missing] = report.findings;
    expect(ended?.message).toContain('signal SIGKILL');
    expect(missing?.willDo).toMatch(/^create moor-/);
    expect(Object.keys(await snapshot(processes()))).toEqual(expect.arrayContaining(Object.keys(before)));
    const text = await cli.run(['doctor', '--state', state]);
    expect(text.out).toContain(`a host that starts will: ${missing?.willDo}`);
    expect(text.out).toContain('2 differences. Nothing was changed.\n');

    const host = await openHost();
    await untilNothingDiffers();
    const { instances } = await list(processDriver({ folder: processes() }), host.owner);
    expect(instances.map((one) => one.name)).toEqual([missing?.instance]);
    await host.close();
  });

  it('is not taken in by what a dead server has left', async () => {
    const data = join(state, 'postgres/data');
    const stale = [process.pid, data, 1, 1, '', '127.0.0.1', ''].join('\n');
    await writeFile(join(data, 'postmaster.pid'), stale);
    expect(await doctor('--state', state)).toMatchObject({ code: 0, kinds: ['no-host'] });
  });

  it('tells what another installation runs there, and leaves it alone', async () => {
    const store = memoryStore({ clock: systemClock, random: seededRandom(7) });
    const theirs = await createHost({ driver: processDriver({ folder: processes() }), store });
    const other = await theirs.deploy(manifest(), { tenant: 'customer-9' });
    await other.ready();
    const { code, report } = await doctor('--state', state);
    expect(code).toBe(0);
    const names = (await other.view()).instances.map((one) => one.observed.name);
    expect(report.findings.filter((one) => one.kind === 'not-ours').map((one) => one.instance)).toEqual(names);
    await theirs.close({ remove: true });
  });

  it('is 2 with one clear line where it cannot look', async () => {
    const host = await openHost();
    const cases = [
      ['--state', join(state, 'wrong')],
      ['--store', 'postgresql://moorage@127.0.0.1:1/postgres', '--driver', 'process'],
      ['--state', state, '--processes', join(state, 'elsewhere')],
      ['--state', state, '--driver', 'process', '--schema', 'another'],
      ['--state', state, '--driver', 'process', '--schema', 'another'],
    ];
    const said: string[] = [];
    for (const args of cases) {
      const { code, out, err } = await cli.run(['doctor', ...args]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err.split('\n')).toHaveLength(2);
      said.push(err);
    }
    expect(said[0]).toContain('no embedded PostgreSQL');
    expect(said[1]).toContain('ECONNREFUSED');
    expect(said[2]).toContain('has never used');
    expect(said[3]).toContain('no schema of this version');
    // Had the first look made the schema, the second would have found one.
    expect(said[4]).toBe(said[3]);
    expect(existsSync(join(state, 'wrong'))).toBe(false);
    expect(existsSync(join(state, 'elsewhere'))).toBe(false);
    await host.close();
  });
});

function list(driver: Driver, owner: string) {
  return driver.list({ owner }, { signal: new AbortController().signal });
}

/** Ends every agent in the folder as an operator would by hand, and waits until the driver sees it. */
async function killAgents(): Promise<void> {
  const names = await readdir(join(processes(), 'instances'));
  for (const name of names) {
    const path = join(processes(), 'instances', name, 'status.json');
    const { agent } = JSON.parse(await readFile(path, 'utf8')) as { agent: { pid: number } };
    process.kill(agent.pid, 'SIGKILL');
    await eventually('the end of an agent', async () => JSON.parse(await readFile(path, 'utf8')).phase === 'exited');
  }
}

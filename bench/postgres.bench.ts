import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ContainerDriver, createHost, type Host, memoryDriver } from '@moorage/core';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import pg from 'pg';
import { calculatorManifest } from '../examples/agents/src/manifests.js';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { processorTimeOf } from './support/processor-time.js';

/**
 * 10 000 deployments in PostgreSQL. One process deploys them on a memory engine and causes changes of status, whose
 * statements the server counts. Then a new process starts on the same database, with an engine that lists what was
 * made: from the start of the process to every deployment being looked at and healthy; after it host and database are
 * left alone. Agents are probed once an hour: what probes and their records cost are figures of their own.
 */
const deployments = amount('deployments', 10_000);
const changes = amount('changes', 1_000);
const restMs = amount('rest', 70) * 1_000;
const tenants = 100;
const ports = { from: 20_000, to: 20_000 + deployments + 1_000 };
const hour = 3_600_000;

interface Task {
  readonly url: string;
  /** What the engine has: written by the first process, read by the second. */
  readonly engine: string;
  readonly log: string;
}
interface Seeded {
  readonly changes: number;
  readonly statements: number;
  /** Those that are asked by the clock. */
  readonly beside: number;
}
interface Started {
  readonly startMs: number;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function seed({ url, engine, log }: Task): Promise<Seeded> {
  const driver = memoryDriver();
  // However busy the machine is with it.
  const patience = { connectTimeoutMs: 120_000, statementTimeoutMs: 120_000 };
  const store = await postgresStore({ url, poolSize: 16, ...patience });
  let commits = 0;
  const commit: typeof store.commit = async (change) => {
    if (change.status !== undefined || change.drop) commits += 1;
    return store.commit(change);
  };
  const host = await createHost({ driver, transport: driver.transport, store: { ...store, commit }, ports });
  await deployAll(host);
  const list = async () =>
    (await driver.list({ owner: host.owner }, { signal: AbortSignal.timeout(60_000) })).instances;
  const doomed = (await list()).slice(0, changes);
  await logStatements(url, true);
  const before = commits;
  for (const { name } of doomed) driver.engine.kill(name);
  // Each is replaced and then ready again: two changes at least.
  while (commits < before + 2 * changes) await wait(50);
  await settled(host);
  const seeded = { changes: commits - before, ...(await statementsIn(log)) };
  await logStatements(url, false);
  await writeFile(engine, JSON.stringify(await list()));
  await host.close();
  return seeded;
}

/** Has the server write every statement into its log, transaction control and all. */
async function logStatements(url: string, on: boolean): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(on ? "alter system set log_statement = 'all'" : 'alter system reset log_statement');
  await client.query('select pg_reload_conf()');
  await client.end();
  // Each process of the server reads its settings before its next statement, once it was told of them.
  await wait(500);
}

/** What the host asks by the clock, whether something changes or not: leases, records of health, all read again. */
const periodic =
  /execute (read-holders|acquire-leases|read-newer-events|add-health-checks|record-live|prune-|read-revisions|list-)/;

async function statementsIn(log: string) {
  const all = (await readFile(log, 'utf8')).split('\n').filter((line) => / LOG: {2}(statement|execute)/.test(line));
  const beside = all.filter((line) => periodic.test(line)).length;
  return { statements: all.length - beside, beside };
}

async function deployAll(host: Host): Promise<void> {
  const manifest = calculatorManifest({ image: 'calculator:1', command: ['node', '/agent/calculator.mjs'] });
  const sparse = { ...manifest, runtime: { ...manifest.runtime, probes: { interval_ms: hour } } };
  let next = 0;
  const deployRest = async () => {
    while (next < deployments) {
      const index = next;
      next += 1;
      await host.deploy(structuredClone(sparse), { tenant: `tenant-${index % tenants}`, name: `calculator-${index}` });
    }
  };
  await Promise.all(Array.from({ length: 16 }, deployRest));
  await settled(host);
}

/** Every deployment is ready and looked after, and nothing waits to be done. */
async function settled(host: Host): Promise<void> {
  for (;;) {
    const figures = host.metrics();
    const isReady = figures['deployments{phase="ready"}'] === deployments && figures.health_targets === deployments;
    if (isReady && figures.work_queue_size === 0) return;
    await wait(100);
  }
}

/** The engine's work costs nothing: its list is there, and its agents answer at once. */
async function start({ url, engine }: Task): Promise<Started> {
  const driver = memoryDriver();
  const instances = JSON.parse(await readFile(engine, 'utf8'));
  const standing: ContainerDriver = { ...driver, list: async () => ({ engine: driver.engine.id, instances }) };
  const transport = {
    probe: async () => ({ kind: 'pass', responseTimeMs: 1, load: 0.1, warn: false }) as const,
    close: async () => {},
  };
  const store = await postgresStore({ url });
  await settled(await createHost({ driver: standing, transport, store, ports }));
  return { startMs: performance.now() };
}

function startProcess<T>(
  role: 'seed' | 'start',
  task: Task,
): { readonly child: ChildProcess; readonly said: Promise<T> } {
  const args = [fileURLToPath(import.meta.url), `--${role}`, JSON.stringify(task)];
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = new Promise<T>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The process ended with ${code}`)));
    if (child.stdout) createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as T));
  });
  return { child, said };
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-bench-'));
  const server = await embeddedPostgres({ folder: join(folder, 'postgres') });
  const task = { url: server.url, engine: join(folder, 'engine.json'), log: join(folder, 'postgres/server.log') };
  let child: ChildProcess | undefined;
  try {
    const seeded = await startProcess<Seeded>('seed', task).said;
    const next = startProcess<Started>('start', task);
    child = next.child;
    const { startMs } = await next.said;
    // What follows a start (first probes, their records) is over by then.
    await wait(15_000);
    const pids = { host: child.pid ?? 0, database: server.pid() ?? 0 };
    const host = await processorTimeOf(pids.host);
    const database = await processorTimeOf(pids.database);
    const began = performance.now();
    await wait(restMs);
    const tookMs = performance.now() - began;
    const share = {
      host: ((await processorTimeOf(pids.host)) - host) / tookMs,
      database: ((await processorTimeOf(pids.database)) - database) / tookMs,
    };
    report(seeded, startMs, share);
  } finally {
    child?.kill('SIGKILL');
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function report(seeded: Seeded, startMs: number, share: { readonly host: number; readonly database: number }): void {
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
  const each = seeded.statements / seeded.changes;
  process.stdout.write(
    `${seeded.statements} statements for ${seeded.changes} changes of status, and ${seeded.beside} by the clock\n` +
      `at rest: host ${percent(share.host)}, database ${percent(share.database)} of a core\n`,
  );
  figure({
    what: '10 000 deployments in PostgreSQL, start of a process to all ready',
    measured: `${startMs.toFixed(0)} ms`,
    bar: 'at most 5000 ms',
    met: startMs <= 5_000,
  });
  figure({
    what: '10 000 deployments in PostgreSQL, host and database at rest',
    measured: `${percent(share.host + share.database)} of a core`,
    bar: 'at most 5 %',
    met: share.host + share.database <= 0.05,
  });
  figure({
    what: '10 000 deployments in PostgreSQL, statements for a change of status',
    measured: each.toFixed(2),
    bar: 'at most 2',
    met: each <= 2,
  });
}

const role = (['seed', 'start'] as const).find((name) => process.argv.includes(`--${name}`));
if (role === undefined) {
  await main();
} else {
  const task = JSON.parse(process.argv.at(-1) ?? '') as Task;
  const said = role === 'seed' ? await seed(task) : await start(task);
  process.stdout.write(`${JSON.stringify(said)}\n`);
  if (role === 'seed') process.exit(0);
}

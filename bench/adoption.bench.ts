import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createHost, type Host } from '@moorage/core';
import { dockerDriver } from '@moorage/driver-docker';
import { gateway } from '@moorage/gateway';
import { embeddedPostgres, postgresStore } from '@moorage/store-postgres';
import { calculatorManifest } from '../examples/agents/src/manifests.js';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { calculatorImage } from './support/calculator-image.js';
import { dockerEngine, sweepOwner } from './support/docker-engine.js';
import { freePorts } from './support/free-ports.js';
import { percentile } from './support/percentile.js';

/**
 * 50 real containers, the host killed with SIGKILL, a new process started under the same id: from its start to all of
 * them being adopted and all addresses serving. The database is up all the while.
 */
const containers = amount('deployments', 50);
const rounds = amount('rounds', 7);
const barMs = 2_000;
const tenant = 'bench';
const engine = dockerEngine();

/** What the parent tells a host process, and what that tells back, one line of JSON each. */
interface Task {
  readonly url: string;
  readonly ports: { readonly from: number; readonly to: number };
  readonly deploy: boolean;
}
interface Said {
  readonly owner: string;
  readonly addresses: readonly string[];
}

async function hostProcess(task: Task): Promise<void> {
  const host = await createHost({
    driver: dockerDriver(),
    store: await postgresStore({ url: task.url }),
    frontDoor: gateway(),
    ports: task.ports,
    hostId: 'bench-host',
  });
  if (task.deploy) await deployAll(host);
  const said: Said = { owner: host.owner, addresses: await adopted(host) };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

async function deployAll(host: Host): Promise<void> {
  const manifest = calculatorManifest(await calculatorImage());
  const handles = await Promise.all(
    Array.from({ length: containers }, (_, index) => host.deploy(manifest, { tenant, name: `calculator-${index}` })),
  );
  await Promise.all(handles.map((handle) => handle.ready()));
}

/** Every deployment has its instance, known to run, and its address open. */
async function adopted(host: Host): Promise<readonly string[]> {
  for (;;) {
    const { items } = await host.list({}, { limit: 1_000 });
    const urls = items.flatMap(({ url, health, instances: [one] }) =>
      url !== undefined && health === 'healthy' && one?.observed.state === 'running' ? [url] : [],
    );
    if (urls.length === containers) return urls;
    await wait(10);
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function startHost(task: Task): { readonly child: ChildProcess; readonly said: Promise<Said> } {
  const args = [fileURLToPath(import.meta.url), '--host', JSON.stringify(task)];
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = new Promise<Said>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The host process ended with ${code}`)));
    if (child.stdout) createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as Said));
  });
  return { child, said };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Resolves with the first answer of 200; a refused connection is asked again. */
async function serves(address: string): Promise<void> {
  while (!(await answers(`${address}/health`))) await wait(20);
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.on('end', () => resolve(response.statusCode === 200)).resume();
    }).on('error', () => resolve(false));
  });
}

async function containersOf(owner: string): Promise<string> {
  const filters = JSON.stringify({ label: [`moorage.owner=${owner}`] });
  const found = await engine.get<{ Id: string }[]>('/containers/json', { all: 'true', filters });
  return found
    .map(({ Id }) => Id)
    .sort()
    .join();
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'moorage-bench-'));
  const server = await embeddedPostgres({ folder });
  const task = { url: server.url, ports: await freePorts(containers + 14), deploy: false };
  const times: number[] = [];
  let owner: string | undefined;
  let running: ChildProcess | undefined;
  let same = true;
  try {
    const first = startHost({ ...task, deploy: true });
    running = first.child;
    const before = await first.said;
    owner = before.owner;
    const made = await containersOf(owner);
    for (let round = 0; round < rounds; round += 1) {
      await kill(running);
      const started = performance.now();
      const next = startHost(task);
      running = next.child;
      await Promise.all([next.said, ...before.addresses.map(serves)]);
      times.push(performance.now() - started);
      // Long enough for anything that would be made or removed wrongly to be so.
      await wait(1_000);
      same &&= (await containersOf(owner)) === made;
    }
  } finally {
    if (running) await kill(running);
    await server.close();
    if (owner !== undefined) await sweepOwner(engine, owner);
    await rm(folder, { recursive: true, force: true });
  }
  report(times, same);
}

function report(times: readonly number[], same: boolean): void {
  const median = percentile(times, 0.5);
  process.stdout.write(`${times.length} kills: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms\n`);
  figure({
    what: `adoption of ${containers} containers after kill -9, p50`,
    measured: `${median.toFixed(0)} ms`,
    bar: `at most ${barMs} ms`,
    met: median <= barMs,
  });
  figure({
    what: `adoption of ${containers} containers after kill -9: lost, doubled or left over`,
    measured: same ? '0' : 'some',
    bar: '0',
    met: same,
  });
}

const role = process.argv.indexOf('--host');
if (role < 0) await main();
else await hostProcess(JSON.parse(process.argv[role + 1] ?? '') as Task);

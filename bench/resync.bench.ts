import {
  type Clock,
  type ContainerDriver,
  createHost,
  type Host,
  memoryDriver,
  memoryStore,
  type Store,
  systemClock,
  systemRandom,
} from '@moorage/core';
import { calculatorManifest } from '../examples/agents/src/manifests.js';
import { planDeployment } from '../packages/core/src/decide/plan-deployment.js';
import { figure } from './figure.js';
import { amount } from './support/amount.js';
import { percentile } from './support/percentile.js';
import { settledHeap } from './support/settled-heap.js';

/** A host with 10 000 calculators, health on, everything in memory: one resync, planning one, heap. */
const deployments = amount('deployments', 10_000);
const tenants = 100;
const resyncs = amount('rounds', 36);
/** A delay that nothing else asks for: the timer of the resync is fired by hand. */
const resyncMs = 3_600_123;

interface Resync {
  readonly ms: number;
  /** Every sixth reads all records of the store again. */
  readonly reread: boolean;
}

interface Rig {
  readonly host: Host;
  /** What stays when the host is gone. */
  readonly kept: readonly unknown[];
  /** One full resync, until no work is left. */
  resync(): Promise<Resync>;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function openRig(): Promise<Rig> {
  let fire = () => {};
  const clock: Clock = {
    ...systemClock,
    setTimer(delayMs, run) {
      if (delayMs !== resyncMs) return systemClock.setTimer(delayMs, run);
      fire = run;
      return () => {};
    },
  };
  const store = memoryStore({ clock: systemClock, random: systemRandom });
  const driver = memoryDriver();
  let looks = 0;
  let lists = 0;
  const counted: ContainerDriver = {
    ...driver,
    list(scope, call) {
      looks += 1;
      return driver.list(scope, call);
    },
  };
  const host = await createHost({
    ...{ clock, resyncMs },
    driver: counted,
    transport: driver.transport,
    store: withCopies(store, () => {
      lists += 1;
    }),
  });
  return {
    host,
    kept: [store, driver],
    async resync() {
      const before = looks;
      const readBefore = lists;
      const started = performance.now();
      fire();
      do await new Promise((resolve) => setImmediate(resolve));
      while (looks === before || queued(host) > 0);
      return { ms: performance.now() - started, reread: lists > readBefore };
    },
  };
}

const queued = (host: Host) => host.metrics().work_queue_size ?? 0;

/** Gives the host records of its own, as a store in another process does; else they would count as the store's. */
function withCopies(store: Store, onList: () => void): Store {
  const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));
  return {
    ...store,
    async commit(commit) {
      const result = await store.commit(commit);
      return { ...result, record: copy(result.record) };
    },
    list(filter, page) {
      onList();
      return store.list(filter, page);
    },
  };
}

async function deployAll(host: Host): Promise<void> {
  const manifest = JSON.stringify(
    calculatorManifest({ image: 'calculator:1', command: ['node', '/agent/calculator.mjs'] }),
  );
  for (let index = 0; index < deployments; index += 1) {
    const options = { tenant: `tenant-${index % tenants}`, name: `calculator-${index}` };
    await host.deploy(JSON.parse(manifest), options);
  }
  const ready = () => host.metrics()['deployments{phase="ready"}'] ?? 0;
  while (ready() < deployments) await wait(100);
}

/** Plans each deployment as it stands, as every resync does; microseconds each. */
async function planEach(host: Host): Promise<number> {
  const { items } = await host.list({}, { limit: 1_000 });
  const inputs = items.map(({ record, instances }) => {
    const health = new Map(instances.map(({ observed, health: status }) => [observed.name, status]));
    return {
      record,
      health,
      instances: instances.map(({ observed }) => observed),
      told: health,
      busy: new Map(),
      failedCreates: new Map(),
      seen: new Set(health.keys()),
      canPark: true,
      now: Date.now(),
      random01: 0.5,
    };
  });
  const rounds: number[] = [];
  for (let round = 0; round < 50; round += 1) {
    const started = performance.now();
    for (const input of inputs) planDeployment(input);
    rounds.push(((performance.now() - started) * 1_000) / inputs.length);
  }
  return percentile(rounds, 0.5);
}

function reportResync(what: string, times: readonly Resync[]): void {
  const median = percentile(
    times.map(({ ms }) => ms),
    0.5,
  );
  figure({
    what: `10 000 deployments in memory, ${what}`,
    measured: `${median.toFixed(0)} ms`,
    bar: 'at most 1000 ms',
    met: median <= 1_000,
  });
}

/** What is given free when the host goes and its store and engine stay; bytes each. */
async function measureHeap(): Promise<{ readonly host: number; readonly all: number }> {
  let rig: Rig | undefined = await openRig();
  const { kept } = rig;
  const before = await settledHeap();
  await deployAll(rig.host);
  const withHost = await settledHeap();
  // At once: the store goes on to fill with health records.
  await rig.host.close();
  rig = undefined;
  const without = await settledHeap();
  if (kept.length === 0) throw new Error('Store and engine must outlive the host');
  return { host: (withHost - without) / deployments, all: (withHost - before) / deployments };
}

async function main(): Promise<void> {
  const heap = await measureHeap();
  const rig = await openRig();
  await deployAll(rig.host);
  const times: Resync[] = [];
  for (let round = 0; round < resyncs; round += 1) times.push(await rig.resync());
  const planUs = await planEach(rig.host);
  await rig.host.close();
  process.stdout.write(
    `${deployments} deployments; resyncs took ${times.map(({ ms }) => ms.toFixed(0)).join(', ')} ms\n` +
      `heap each, the memory store and the memory engine included: ${(heap.all / 1024).toFixed(2)} KB\n`,
  );
  reportResync(
    'full resync, p50',
    times.filter(({ reread }) => !reread),
  );
  reportResync(
    'full resync with all records read again, p50',
    times.filter(({ reread }) => reread),
  );
  figure({
    what: '10 000 deployments in memory, planning one',
    measured: `${planUs.toFixed(1)} µs`,
    bar: 'at most 50 µs',
    met: planUs <= 50,
  });
  figure({
    what: '10 000 deployments in memory, heap of the host each',
    measured: `${(heap.host / 1024).toFixed(2)} KB`,
    bar: 'at most 6 KB',
    met: heap.host <= 6 * 1024,
  });
}

await main();

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

/** A host with 10 000 calculators, health on, everything in memory: one resync, planning one, heap. */
const deployments = amount('deployments', 10_000);
const tenants = 100;
const resyncs = amount('rounds', 12);
/** A delay that nothing else asks for: the timer of the resync is fired by hand. */
const resyncMs = 3_600_123;

interface Rig {
  readonly host: Host;
  /** What stays when the host is gone. */
  readonly kept: readonly unknown[];
  /** One full resync, until no work is left; milliseconds. */
  resync(): Promise<number>;
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
    store: withCopies(store),
  });
  return {
    host,
    kept: [store, driver],
    async resync() {
      const before = looks;
      const started = performance.now();
      fire();
      do await new Promise((resolve) => setImmediate(resolve));
      while (looks === before || queued(host) > 0);
      return performance.now() - started;
    },
  };
}

const queued = (host: Host) => host.metrics().work_queue_size ?? 0;

/** Gives the host records of its own, as a store in another process does; else their heap would be counted as the store's. */
function withCopies(store: Store): Store {
  const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));
  return {
    ...store,
    async commit(commit) {
      const result = await store.commit(commit);
      return { ...result, record: copy(result.record) };
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

async function settledHeap(): Promise<number> {
  for (let round = 0; round < 5; round += 1) {
    global.gc?.();
    await wait(100);
  }
  return process.memoryUsage().heapUsed;
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

async function main(): Promise<void> {
  let rig: Rig | undefined = await openRig();
  const heapBefore = await settledHeap();
  await deployAll(rig.host);
  const heapWith = await settledHeap();
  const times: number[] = [];
  for (let round = 0; round < resyncs; round += 1) times.push(await rig.resync());
  const planUs = await planEach(rig.host);
  const { kept } = rig;
  await rig.host.close();
  rig = undefined;
  const heapKept = await settledHeap();
  const hostHeap = (heapWith - heapKept) / deployments;
  const slowest = Math.max(...times);
  process.stdout.write(
    `${deployments} deployments; resync p50 ${percentile(times, 0.5).toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms (every sixth reads the store again)\n` +
      `heap each with the memory store and the memory engine ${((heapWith - heapBefore) / deployments / 1024).toFixed(2)} KB (${kept.length} kept)\n`,
  );
  figure({
    what: '10 000 deployments in memory, slowest full resync',
    measured: `${slowest.toFixed(0)} ms`,
    bar: 'at most 1000 ms',
    met: slowest <= 1_000,
  });
  figure({
    what: '10 000 deployments in memory, planning one',
    measured: `${planUs.toFixed(1)} µs`,
    bar: 'at most 50 µs',
    met: planUs <= 50,
  });
  figure({
    what: '10 000 deployments in memory, heap of the host each',
    measured: `${(hostHeap / 1024).toFixed(2)} KB`,
    bar: 'at most 6 KB',
    met: hostHeap <= 6 * 1024,
  });
}

await main();

import { isMoorageError } from '@moorage/protocol/base';
import { createHost } from '../../create-host.js';
import { memoryDriver } from '../../memory/memory-driver.js';
import { memoryFrontDoor } from '../../memory/memory-front-door.js';
import { memorySecrets } from '../../memory/memory-secrets.js';
import { memoryWorkloadDriver } from '../../memory/memory-workload-driver.js';
import { seededRandom } from '../../memory/seeded-random.js';
import type { ProbeResult } from '../../model/health.js';
import type { AgentTransport } from '../../ports/agent-transport.js';
import type { Driver } from '../../ports/driver.js';
import type { FrontDoor } from '../../ports/front-door.js';
import type { Store } from '../../ports/store.js';
import { quotaOf } from './agents.js';
import { type CallWatcher, disturb } from './disturb.js';
import { disturbHints } from './disturb-hints.js';
import { clockOf, forever, type Life, newLife, sleep, thaw } from './life.js';
import { leaseMs, resyncMs, type SimWorld } from './sim-world.js';

const plainOfDriver = new Set(['close', 'watch', 'logs', 'transport', 'engine', 'cluster']);
const plainOfStore = new Set(['close', 'watch', 'open', 'backup', 'inside']);

/**
 * Starts a host process; it joins `hosts` when it is up. A start that fails is tried again by whoever runs the history.
 */
export function startSimHost(world: SimWorld, watcher: CallWatcher): void {
  world.lives += 1;
  const life = newLife(`h${world.lives}`);
  world.alive.add(life);
  const door = memoryFrontDoor({ clock: world.clock });
  const plain = memoryDriver({ engine: world.engine });
  world.starting += 1;
  let counted = true;
  const started = () => {
    if (counted) world.starting -= 1;
    counted = false;
  };
  life.endings.add(started);
  createHost({
    resyncMs,
    leaseMs,
    quota: quotaOf,
    concurrency: callsAtOnce[world.options.seed % callsAtOnce.length] ?? 4,
    ...world.options.host,
    driver: driverFor(world, life, watcher),
    store: storeFor(world, life, watcher),
    transport: transportFor(world, life, plain.transport),
    frontDoor: slowDoor(world, life, door),
    clock: clockOf(world.clock, life),
    random: seededRandom(Math.floor(world.random.next() * 2 ** 31)),
    secrets: memorySecrets(),
    hostId: life.name,
    crashPoints: { reach: (point, id) => reach(world, life, point, id) },
  })
    .then((host) => {
      if (life.over) return;
      world.hosts.push({ host, door, life, reported: new Set() });
      world.mostHosts = Math.max(world.mostHosts, world.hosts.length);
    })
    .catch((thrown) => {
      if (!isMoorageError(thrown) || thrown.code !== 'unavailable') {
        world.report('I12', `${life.name} cannot start: ${String(thrown)}`);
      }
      life.over = true;
      world.alive.delete(life);
      for (const end of life.endings) end();
    })
    .finally(started);
}

function driverFor(world: SimWorld, life: Life, watcher: CallWatcher): Driver {
  const { engine, cluster, level, options } = world;
  const raw: Driver = level === 'container' ? memoryDriver({ engine }) : memoryWorkloadDriver({ engine, cluster });
  const wrapped = options.wrapDriver?.(raw) ?? raw;
  const driver = disturb(wrapped, { world, life, watcher, kind: 'driver', plain: plainOfDriver });
  const { watch } = wrapped;
  return watch
    ? { ...driver, watch: (scope, hint) => disturbHints(world, life, (tell) => watch(scope, tell), hint) }
    : driver;
}

function storeFor(world: SimWorld, life: Life, watcher: CallWatcher): Store {
  const raw = world.store.open();
  const wrapped = world.options.wrapStore?.(raw) ?? raw;
  const store = disturb(wrapped, { world, life, watcher, kind: 'store', plain: plainOfStore });
  return { ...store, watch: (hint) => disturbHints(world, life, (tell) => wrapped.watch(tell), hint) };
}

/** Share of instances with requests in flight when they are to go. */
const busyDoorRate = 0.3;
/**
 * Few, so that calls wait for their turn and the world changes meanwhile. Two of each, since seeds take turns between
 * the levels.
 */
const callsAtOnce = [1, 1, 4, 4];
/** Share of probes whose answer is lost on the way. */
const lostProbes = 0.01;
const lostProbe: ProbeResult = { kind: 'fail', responseTimeMs: 0, error: 'network', message: 'lost on the way' };

function noteProbe({ failedProbes }: Life, instance: string, { kind }: ProbeResult): void {
  if (kind === 'pass') failedProbes.delete(instance);
  else failedProbes.set(instance, (failedProbes.get(instance) ?? 0) + 1);
}

function transportFor(world: SimWorld, life: Life, transport: AgentTransport): AgentTransport {
  // Where nothing listens any more, a probe is still one of whoever was there.
  const names = new Map<number, string>();
  return {
    async probe(endpoint, path, timeoutMs) {
      const name = world.engine.inside.byPort.get(endpoint.port)?.spec.name ?? names.get(endpoint.port);
      if (name !== undefined) names.set(endpoint.port, name);
      const { rate, random } = world.tally;
      const isLost = rate > 0 && random.next() < lostProbes;
      const result = isLost ? lostProbe : await transport.probe(endpoint, path, timeoutMs);
      if (name !== undefined) noteProbe(life, name, result);
      return (await thaw(world.clock, life)) ? forever() : result;
    },
    close: () => transport.close(),
  };
}

const slowDoorRate = 0.2;
const longestBindMs = 4_000;

/** Binding takes its time now and then: whatever was looked at before is older after it. */
function slowDoor(world: SimWorld, life: Life, door: FrontDoor): FrontDoor {
  const { clock, tally } = world;
  return {
    ...door,
    async open(address, tenant) {
      const isSlow = tally.rate > 0 && tally.random.next() < slowDoorRate;
      if (isSlow) await sleep(clock, Math.floor(tally.random.next() * longestBindMs));
      if (await thaw(clock, life)) return forever();
      return door.open(address, tenant);
    },
    async drain(instance, timeoutMs) {
      const isBusy = tally.rate > 0 && tally.random.next() < busyDoorRate;
      if (isBusy) await sleep(clock, Math.floor(tally.random.next() * timeoutMs));
      if (await thaw(clock, life)) return forever();
      return door.drain(instance, timeoutMs);
    },
  };
}

function reach(world: SimWorld, life: Life, point: string, id: string): Promise<never> | undefined {
  if (life.over) return forever();
  // In the middle of a turn: what comes after it belongs to the same moment.
  world.clock.stir();
  if (point === 'plan-made') judgePlan(life, id, world.clock.monotonic());
  if (world.crashAt !== point) return undefined;
  world.crashAt = undefined;
  world.tally.note(`${life.name} dies at ${point}`);
  world.kill(life);
  return forever();
}

/** A plan has to follow a look that began after what the host did last. Within this time it is one moment. */
const sameMomentMs = 50;

function judgePlan(life: Life, id: string, now: number): void {
  life.plannedMs.set(id, now);
  const actedMs = life.actedMs.get(id) ?? Number.NEGATIVE_INFINITY;
  const tooOld = life.lookBeganMs + sameMomentMs < actedMs && actedMs + sameMomentMs < now;
  if (life.lookBeganMs < 0 || tooOld) life.blindPlans.add(id);
  else life.blindPlans.delete(id);
  if (life.lookWasStale) life.stalePlans.add(id);
  else life.stalePlans.delete(id);
}

import { toObservedInstance } from '../../memory/memory-instance.js';
import { instanceName } from '../../model/instance-name.js';
import { crashPointNames } from '../../ports/crash-points.js';
import type { Random } from '../../ports/random.js';
import { range } from './agents.js';
import { takeBackup } from './backup.js';
import { makeForeign } from './foreign.js';
import type { SimHost, SimWorld } from './sim-world.js';
import { type Operation, pick } from './user-operations.js';

/** Faults that are no call's: of engine, store, machine, and of people. */
export const faultOperations: readonly Operation[] = [
  onInstance('kill an instance', 4, (world, random, name) => {
    const oom = random.next() < 0.3;
    world.engine.kill(name, { code: 137, signal: oom ? undefined : 'SIGKILL', oom });
  }),
  onInstance('let an instance fall ill', 1.5, (world, _, name) => {
    const spec = world.home.instances.get(name)?.spec;
    // An orchestrator looks after the health of its own.
    if (!spec || world.level === 'workload') return;
    world.engine.behave(name, { ...world.engine.inside.behaviourOf(spec), health: 'fail' });
    world.sick.add(name);
  }),
  onInstance('remove an instance by hand', 1, (world, _, name) => world.engine.removeByHand(name)),
  {
    name: 'restart the engine',
    weight: 1,
    run(world, random) {
      const instances = random.next() < 0.5 ? 'exited' : 'alive';
      const downMs = 500 + random.next() * 20_000;
      world.engine.stop({ instances });
      world.clock.setTimer(downMs, () => world.engine.start());
      return `${instances}, ${Math.round(downMs)} ms`;
    },
  },
  { name: 'exchange the engine', weight: 0.7, run: exchange },
  {
    name: 'fill or free the engine',
    weight: 1,
    run(world, random) {
      const room = random.next() < 0.5 ? 25 : undefined;
      world.engine.capacity(room);
      return room === undefined ? 'free' : `${room}`;
    },
  },
  { name: 'let the autoscaler decide', weight: 1.5, run: autoscale },
  { name: 'let others take a name', weight: 1, run: takeName },
  { name: 'let others make an instance', weight: 0.7, run: makeForeign },
  {
    name: 'kill a host at a crash point',
    weight: 2,
    run(world, random) {
      if (world.options.crashes === false) return undefined;
      world.crashAt = pick(random, crashPointNames);
      return world.crashAt;
    },
  },
  onHost('freeze a host', 1.5, 30_000, (world, { life }, ms) => {
    life.frozenUntil = world.clock.monotonic() + ms;
  }),
  onHost('cut a host off from the store', 1.5, 30_000, (world, { life }, ms) => {
    life.storeCutUntil = world.clock.monotonic() + ms;
  }),
  onHost('cut a host off from the engine', 1, 20_000, (world, { life }, ms) => {
    life.engineCutUntil = world.clock.monotonic() + ms;
  }),
  {
    name: 'take the store down',
    weight: 0.5,
    run(world, random) {
      const ms = random.next() * 20_000;
      world.storeDownUntil = world.clock.monotonic() + ms;
      return `${Math.round(ms)} ms`;
    },
  },
  {
    name: 'jump the wall clock',
    weight: 1.5,
    run(world, random) {
      const ms = Math.round((random.next() - 0.5) * 7_200_000);
      world.clock.jumpWall(ms);
      return `${ms} ms`;
    },
  },
  { name: 'take a backup', weight: 1, run: takeBackup },
  {
    name: 'bring the backup back',
    weight: 0.35,
    run(world) {
      const bring = world.backup;
      if (!bring || world.options.crashes === false) return undefined;
      bring();
      return '';
    },
  },
];

function onInstance(
  name: string,
  weight: number,
  act: (world: SimWorld, random: Random, name: string) => void,
): Operation {
  return {
    name,
    weight,
    run(world, random) {
      if (world.bringBack) return undefined;
      const running = world
        .ours()
        .map(toObservedInstance)
        .filter(({ state }) => state === 'running');
      const one = pick(random, running);
      if (!one) return undefined;
      act(world, random, one.name);
      return one.name;
    },
  };
}

function onHost(
  name: string,
  weight: number,
  longestMs: number,
  act: (world: SimWorld, host: SimHost, ms: number) => void,
): Operation {
  return {
    name,
    weight,
    run(world, random) {
      const one = pick(random, world.hosts);
      if (!one) return undefined;
      const ms = random.next() * longestMs;
      act(world, one, ms);
      return `${one.life.name}, ${Math.round(ms)} ms`;
    },
  };
}

/** Another engine, empty, answers for a while. Whoever starts meanwhile would take it for its own: nobody does. */
function exchange(world: SimWorld, random: Random): string | undefined {
  const allKnow = world.starting === 0 && world.hosts.every(({ life }) => life.lookBeganMs >= 0);
  if (world.bringBack || !allKnow || !world.engine.running) return undefined;
  const back = world.engine.exchange();
  const ms = 500 + random.next() * 15_000;
  world.bringBack = () => {
    world.bringBack = undefined;
    back();
  };
  world.clock.setTimer(ms, () => world.bringBack?.());
  return `${Math.round(ms)} ms`;
}

/** Another number for what is left to the cluster's autoscaler, now and then beyond the ends of its range. */
function autoscale({ level, cluster, store }: SimWorld, random: Random): string | undefined {
  if (level === 'container') return undefined;
  const ranged = [...store.inside.deployments.values()].filter(({ record }) => record.desired.scaling !== undefined);
  const id = pick(random, ranged)?.record.desired.id;
  if (id === undefined) return undefined;
  const to = Math.floor(random.next() * (range.max + 2));
  cluster.autoscale(id, to);
  return `${id} to ${to}`;
}

/** The very name that the next attempt will have. */
function takeName(world: SimWorld, random: Random): string | undefined {
  const record = pick(random, [...world.store.inside.deployments.values()])?.record;
  if (!record || world.bringBack) return undefined;
  const attempt = record.status.slots.find((slot) => slot.ordinal === 0)?.attempt ?? 0;
  const name = instanceName(record.desired.id, record.desired.templateHash, 0, attempt + 1);
  if (world.home.instances.has(name)) return undefined;
  world.engine.foreign(name);
  return name;
}

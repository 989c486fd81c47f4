import type { DeploymentHandle, Host } from '../../host-types.js';
import { toObservedInstance } from '../../memory/memory-instance.js';
import type { ObservedInstance } from '../../model/instance.js';
import { crashPointNames } from '../../ports/crash-points.js';
import type { Random } from '../../ports/random.js';
import { type Expectation, expectChange, type Wish } from './expectations.js';
import { killSimHost, type SimWorld, startSimHost } from './sim-world.js';

/** What a history may do at a step; each draws what it needs from the world's random numbers. */
export interface Operation {
  readonly name: string;
  readonly weight: number;
  run(world: SimWorld, expectations: Expectation[]): void;
}

const tenants = ['t-1', 't-2', 't-3'];
/** Versions that never become healthy; the others do. */
export const badVersions: ReadonlySet<number> = new Set([3]);

export function manifestOf(agent: string, version: number) {
  const probes = { interval_ms: 5_000, timeout_ms: 1_000, start_period_ms: 10_000 };
  return {
    agent_id: agent,
    name: agent,
    version: '1.0.0',
    runtime: { image: `agent:${version}`, probes, grace_ms: 2_000, rollout_deadline_ms: 30_000 },
  };
}

function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items[Math.floor(random.next() * items.length)];
}

/** Asks a random host for a change of a random deployment. */
function change(
  name: string,
  weight: number,
  prepare: (world: SimWorld) => {
    wish: (wish: Wish) => Wish;
    call: (handle: DeploymentHandle, agent: string) => Promise<unknown>;
  },
): Operation {
  return {
    name,
    weight,
    run(world, expectations) {
      const open = expectations.filter((one) => !one.pending && one.possible.some((wish) => !wish.deleted));
      const chosen = pick(world.random, open);
      const host = pick(world.random, world.hosts)?.host;
      if (!chosen || !host) return;
      const { wish, call } = prepare(world);
      const done = findHandle(host, chosen).then((handle) => handle && call(handle, chosen.agent));
      expectChange(chosen, (before) => (before.deleted ? before : wish(before)), done, world.clock);
    },
  };
}

async function findHandle(host: Host, one: Expectation): Promise<DeploymentHandle | undefined> {
  const { items } = await host.list({ tenant: one.tenant, name: one.agent });
  const [found] = items;
  return found && host.get(found.record.desired.id);
}

export const userOperations: readonly Operation[] = [
  {
    name: 'deploy',
    weight: 4,
    run(world, expectations) {
      const host = pick(world.random, world.hosts)?.host;
      if (!host || expectations.length >= 40) return;
      const tenant = pick(world.random, tenants) ?? 't-1';
      const agent = `agent.n${expectations.length}`;
      const replicas = 1 + Math.floor(world.random.next() * 3);
      const version = 1 + Math.floor(world.random.next() * 2);
      const absent: Wish = { replicas: 0, version: 0, parked: false, deleted: true };
      const made: Expectation = { tenant, agent, possible: [absent], pending: false };
      expectations.push(made);
      const done = host.deploy(manifestOf(agent, version), { tenant, replicas });
      expectChange(made, () => ({ replicas, version, parked: false, deleted: false }), done, world.clock);
    },
  },
  change('scale', 5, (world) => {
    const to = Math.floor(world.random.next() * 4);
    return { wish: (wish) => ({ ...wish, replicas: to }), call: (handle) => handle.scale(to) };
  }),
  change('update', 4, (world) => {
    const version = 1 + Math.floor(world.random.next() * 3);
    return {
      wish: (wish) => ({ ...wish, version }),
      call: (handle, agent) => handle.update(manifestOf(agent, version)),
    };
  }),
  change('park', 2, (world) => {
    const depth = world.random.next() < 0.5 ? 'pause' : 'stop';
    return { wish: (wish) => ({ ...wish, parked: true }), call: (handle) => handle.park(depth) };
  }),
  change('unpark', 3, () => ({ wish: (wish) => ({ ...wish, parked: false }), call: (handle) => handle.unpark() })),
  change('restart', 1, () => ({ wish: (wish) => ({ ...wish, parked: false }), call: (handle) => handle.restart() })),
  change('remove', 1, () => ({ wish: (wish) => ({ ...wish, deleted: true }), call: (handle) => handle.remove() })),
];

function instances(world: SimWorld): ObservedInstance[] {
  return [...world.engine.inside.world.instances.values()].map(toObservedInstance);
}

export const faultOperations: readonly Operation[] = [
  {
    name: 'kill an instance',
    weight: 3,
    run(world) {
      const one = pick(
        world.random,
        instances(world).filter((instance) => instance.state === 'running'),
      );
      const oom = world.random.next() < 0.3;
      if (one) world.engine.kill(one.name, { code: 137, signal: oom ? undefined : 'SIGKILL', oom });
    },
  },
  {
    name: 'remove an instance by hand',
    weight: 1,
    run(world) {
      const one = pick(world.random, instances(world));
      if (one) world.engine.removeByHand(one.name);
    },
  },
  {
    name: 'restart the engine',
    weight: 1,
    run(world) {
      const how = world.random.next() < 0.5 ? 'exited' : 'alive';
      world.engine.stop({ instances: how });
      const downMs = 500 + world.random.next() * 20_000;
      world.clock.setTimer(downMs, () => world.engine.start());
    },
  },
  {
    name: 'kill a host',
    weight: 1,
    run(world) {
      const one = pick(world.random, world.hosts);
      if (one) killSimHost(world, one.life);
    },
  },
  {
    name: 'kill a host at a crash point',
    weight: 2,
    run(world) {
      world.crashAt = pick(world.random, crashPointNames);
    },
  },
  {
    name: 'freeze a host',
    weight: 1,
    run(world) {
      const one = pick(world.random, world.hosts);
      if (!one) return;
      one.life.frozenUntil = world.clock.monotonic() + world.random.next() * 30_000;
      world.stale.push({ at: one.life.frozenUntil });
    },
  },
  {
    name: 'jump the wall clock',
    weight: 1,
    run(world) {
      world.clock.jumpWall((world.random.next() - 0.5) * 7_200_000);
    },
  },
  {
    name: 'fill or free the engine',
    weight: 1,
    run(world) {
      world.engine.capacity(world.random.next() < 0.5 ? 30 : undefined);
    },
  },
];

/** Keeps two hosts alive; a killed one is followed by another after a while. */
export function keepHosts(world: SimWorld, wanted: number): void {
  if (world.hosts.length + world.starting < wanted) startSimHost(world);
}

export function choose(random: Random, operations: readonly Operation[]): Operation {
  const total = operations.reduce((sum, one) => sum + one.weight, 0);
  let at = random.next() * total;
  for (const one of operations) {
    at -= one.weight;
    if (at < 0) return one;
  }
  return operations[0] as Operation;
}

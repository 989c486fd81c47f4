import type { DeploymentHandle, Host } from '../../host-types.js';
import type { Random } from '../../ports/random.js';
import { badVersions, goodVersions, manifestOf } from './agents.js';
import { type Expectation, expectChange, type Wish } from './expectations.js';
import type { SimWorld } from './sim-world.js';

/** What a history may do at a step; each draws what it needs from the step's own random numbers. */
export interface Operation {
  readonly name: string;
  readonly weight: number;
  /** Returns what was done, for the trace; undefined: nothing. */
  run(world: SimWorld, random: Random): string | undefined;
}

const tenants = ['t-1', 't-2', 't-3'];
/** A history has at least 20. */
export const deploymentsAtMost = 22;
const absent: Wish = { replicas: 0, version: 0, parked: false, deleted: true };

export function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items[Math.floor(random.next() * items.length)];
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

function versionFor(random: Random, badShare: number): number {
  return pick(random, random.next() < badShare ? [...badVersions] : goodVersions) ?? 1;
}

export const deployOperation: Operation = {
  name: 'deploy',
  weight: 5,
  run(world, random) {
    const host = pick(random, world.hosts)?.host;
    const live = world.expectations.filter((one) => one.possible.some((wish) => !wish.deleted)).length;
    if (!host || live >= deploymentsAtMost) return undefined;
    const tenant = pick(random, tenants) ?? 't-1';
    const agent = `agent.n${world.expectations.length}.${world.era}`;
    const replicas = 1 + Math.floor(random.next() * 3);
    const version = versionFor(random, 0.1);
    const made: Expectation = { tenant, agent, possible: [absent], pending: false, era: world.era };
    world.expectations.push(made);
    world.deployed += 1;
    const done = host.deploy(manifestOf(agent, version), { tenant, replicas });
    expectChange(made, () => ({ replicas, version, parked: false, deleted: false }), done, world.clock);
    return `${agent} in version ${version}, ${replicas} instances`;
  },
};

interface Change {
  readonly words: string;
  wish(wish: Wish): Wish;
  call(handle: DeploymentHandle, agent: string): Promise<unknown>;
}

/** Asks a random host for a change of a random deployment. */
function change(name: string, weight: number, prepare: (world: SimWorld, random: Random) => Change): Operation {
  return {
    name,
    weight,
    run(world, random) {
      const open = world.expectations.filter((one) => !one.pending && one.possible.some((wish) => !wish.deleted));
      const chosen = pick(random, open);
      const host = pick(random, world.hosts)?.host;
      if (!chosen || !host) return undefined;
      const { words, wish, call } = prepare(world, random);
      const done = findHandle(host, chosen).then((handle) => handle && call(handle, chosen.agent));
      expectChange(chosen, (before) => (before.deleted ? before : wish(before)), done, world.clock);
      return `${chosen.agent} ${words}`;
    },
  };
}

async function findHandle(host: Host, one: Expectation): Promise<DeploymentHandle | undefined> {
  const { items } = await host.list({ tenant: one.tenant, name: one.agent });
  const [found] = items;
  return found && host.get(found.record.desired.id);
}

export const userOperations: readonly Operation[] = [
  deployOperation,
  change('scale', 5, (_, random) => {
    const to = Math.floor(random.next() * 4);
    return {
      words: `to ${to}`,
      wish: (wish) => ({ ...wish, replicas: to }),
      call: (handle) => handle.scale(to),
    };
  }),
  change('update', 5, (_, random) => {
    const version = versionFor(random, 0.35);
    return {
      words: `to version ${version}`,
      wish: (wish) => ({ ...wish, version }),
      call: (handle, agent) => handle.update(manifestOf(agent, version)),
    };
  }),
  change('park', 2, (world, random) => {
    const depth = world.level === 'container' && random.next() < 0.5 ? 'pause' : 'stop';
    return {
      words: depth,
      wish: (wish) => ({ ...wish, parked: true }),
      call: (handle) => handle.park(depth),
    };
  }),
  change('unpark', 3, () => ({
    words: '',
    wish: (wish) => ({ ...wish, parked: false }),
    call: (handle) => handle.unpark(),
  })),
  change('restart', 1, () => ({
    words: '',
    wish: (wish) => ({ ...wish, parked: false }),
    call: (handle) => handle.restart(),
  })),
  change('remove', 2, () => ({
    words: '',
    wish: (wish) => ({ ...wish, deleted: true }),
    call: (handle) => handle.remove(),
  })),
];

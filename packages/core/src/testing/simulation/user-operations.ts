import type { DeploymentHandle, Host } from '../../host-types.js';
import type { Random } from '../../ports/random.js';
import { badVersions, goodVersions, manifestOf, range, rangedVersion } from './agents.js';
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
/** Each history has so many, however many of the first ones came to nothing. */
export const fewestDeployments = 20;
const deploymentsAtMost = 22;
const absent: Wish = { replicas: 0, version: 0, parked: false, deleted: true, restarts: 0 };

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

function versionFor({ level }: SimWorld, random: Random, badShare: number): number {
  return pick<number>(random, random.next() < badShare ? [...badVersions] : goodVersions[level]) ?? 1;
}

export const deployOperation: Operation = {
  name: 'deploy',
  weight: 5,
  run(world, random) {
    const host = pick(random, world.hosts)?.host;
    // One whose answer was lost counts as well: it may be there.
    const live = world.expectations.filter((one) => one.possible.some((wish) => !wish.deleted)).length;
    if (!host || (live >= deploymentsAtMost && world.deployed >= fewestDeployments)) return undefined;
    const tenant = pick(random, tenants) ?? 't-1';
    const agent = `agent.n${world.expectations.length}.${world.era}`;
    const asked = 1 + Math.floor(random.next() * 3);
    const version = versionFor(world, random, 0.1);
    const replicas = version === rangedVersion ? range.min : asked;
    const made: Expectation = { tenant, agent, possible: [absent], pending: false, era: world.era };
    world.expectations.push(made);
    const done = host.deploy(manifestOf(agent, version), {
      tenant,
      ...(version === rangedVersion ? {} : { replicas }),
    });
    expectChange(made, () => ({ replicas, version, parked: false, deleted: false, restarts: 0 }), done, world.clock);
    return `${agent} in version ${version}, ${replicas} instances`;
  },
};

/** Share of changes that are of the deployment that was changed last. */
const changedAgain = 0.3;

interface Change {
  readonly words: string;
  wish(wish: Wish): Wish | readonly Wish[];
  call(handle: DeploymentHandle, agent: string): Promise<unknown>;
}

/** Asks a random host for a change of a random deployment. */
function change(name: string, weight: number, prepare: (world: SimWorld, random: Random) => Change): Operation {
  return {
    name,
    weight,
    run(world, random) {
      const open = world.expectations.filter((one) => !one.pending && one.possible.some((wish) => !wish.deleted));
      const again = random.next() < changedAgain && open.find((one) => one === world.lastChanged);
      const chosen = again || pick(random, open);
      const host = pick(random, world.hosts)?.host;
      if (!chosen || !host) return undefined;
      world.lastChanged = chosen;
      const { words, wish, call } = prepare(world, random);
      const done = findHandle(host, chosen).then((handle) => handle && call(handle, chosen.agent));
      expectChange(chosen, (before) => (before.deleted ? before : wish(before)), done, world.clock);
      return `${chosen.agent} ${words}`;
    },
  };
}

/** A range begins at its lower end; what it had come to stays when it is given up, and nobody here knows how many. */
function updated(wish: Wish, version: number): Wish | readonly Wish[] {
  if (version === rangedVersion) return { ...wish, version, replicas: range.min };
  if (wish.version !== rangedVersion) return { ...wish, version };
  return [range.min, 2, range.max].map((replicas) => ({ ...wish, version, replicas }));
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
      // What is left to an autoscaler is not scaled by hand.
      wish: (wish) => (wish.version === rangedVersion ? wish : { ...wish, replicas: to }),
      call: (handle) => handle.scale(to),
    };
  }),
  change('update', 5, (world, random) => {
    const version = versionFor(world, random, 0.35);
    return {
      words: `to version ${version}`,
      wish: (wish) => updated(wish, version),
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
    wish: (wish) => ({ ...wish, parked: false, restarts: wish.restarts + 1 }),
    call: (handle) => handle.restart(),
  })),
  change('remove', 2, () => ({
    words: '',
    wish: (wish) => ({ ...wish, deleted: true }),
    call: (handle) => handle.remove(),
  })),
];

import type { Expectation } from './expectations.js';
import { createInvariants, findBrokenChains, findUnsettled, type Violation } from './invariants.js';
import { badVersions, choose, faultOperations, keepHosts, userOperations } from './operations.js';
import { type SimWorld, simWorld } from './sim-world.js';

export interface SimulationOptions {
  /** The same seed replays the same history, on the same code. */
  readonly seed: number;
  /** Calls of driver or store, carried out or disturbed, until the faults stop. [2 000] */
  readonly effects?: number | undefined;
}

export interface SimulationResult {
  readonly seed: number;
  readonly effects: number;
  readonly disturbed: number;
  readonly crashes: number;
  readonly deployments: number;
  /** Of everything that was done, in order. */
  readonly traceHash: string;
  readonly violations: readonly Violation[];
  /** The last lines of what was done, oldest first; only when something was violated. */
  readonly trace: readonly string[];
  /** What the hosts that are alive at the end say of themselves; only when something was violated. */
  readonly hosts: readonly string[];
}

/** After the faults have stopped so long is waited at most: the longest back-off, and three resyncs. */
const settleLimitMs = 900_000;
/** A history that makes no effects any more is ended. */
const longestHistoryMs = 3_600_000;

/**
 * One history: the production code of hosts on a virtual clock, against a simulated engine, store and agents, with
 * users who change their minds, and faults. The promises of the design (I1 to I12) are checked after every step.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed } = options;
  const limit = options.effects ?? 2_000;
  const world = simWorld(seed);
  const expectations: Expectation[] = [];
  const invariants = createInvariants(world);
  for (const version of badVersions) {
    world.engine.behave(`agent:${version}`, { healthyAfterMs: 3_000, exitAfterMs: 500, exit: { code: 3 } });
  }
  keepHosts(world, 2);
  await world.clock.advance(100);
  keepHosts(world, 2);
  while (world.tally.effects < limit && invariants.violations.length === 0) {
    await step(world, expectations);
    await invariants.check();
    if (world.clock.monotonic() > longestHistoryMs) break;
  }
  const unsettled = invariants.violations.length === 0 ? await settle(world, expectations) : [];
  await invariants.check();
  const chains = await findBrokenChains(world, await everyId(world));
  const violations: Violation[] = [
    ...invariants.violations,
    ...unsettled.map((message) => violationOf(world, 'I12', message)),
    ...chains.map((message) => violationOf(world, 'I11', message)),
  ];
  return {
    seed,
    effects: world.tally.effects,
    disturbed: world.tally.disturbed,
    crashes: world.crashes,
    deployments: expectations.length,
    traceHash: world.tally.hash(),
    violations,
    trace: violations.length > 0 ? world.tally.tail() : [],
    hosts: violations.length > 0 ? await describeHosts(world) : [],
  };
}

function violationOf(world: SimWorld, invariant: string, message: string): Violation {
  return { invariant, message, effects: world.tally.effects, atMs: world.clock.monotonic() };
}

async function step(world: SimWorld, expectations: Expectation[]): Promise<void> {
  const { random, tally } = world;
  const draw = random.next();
  if (draw < 0.55) {
    const operation = choose(random, userOperations);
    tally.note(`user: ${operation.name}`);
    operation.run(world, expectations);
  } else if (draw < 0.65) {
    const operation = choose(random, faultOperations);
    tally.note(`fault: ${operation.name}`);
    operation.run(world, expectations);
  }
  await world.clock.advance(Math.floor(random.next() ** 3 * 2_000));
  if (random.next() < 0.3) keepHosts(world, 2);
}

/** Stops the faults and waits until all is as it was asked for; what is still not so at the end is returned. */
async function settle(world: SimWorld, expectations: readonly Expectation[]): Promise<string[]> {
  world.tally.rate = 0;
  world.crashAt = undefined;
  world.engine.start();
  world.engine.capacity(undefined);
  for (const { life } of world.hosts) life.frozenUntil = 0;
  const until = world.clock.monotonic() + settleLimitMs;
  let problems: string[] = ['not looked yet'];
  let calm = 0;
  while (world.clock.monotonic() < until && calm < 2) {
    keepHosts(world, 2);
    await world.clock.advance(10_000);
    problems = await findUnsettled(world, expectations);
    // Twice in a row: a state that only passes by is none.
    calm = problems.length === 0 && expectations.every((one) => !one.pending) ? calm + 1 : 0;
  }
  return problems;
}

async function describeHosts(world: SimWorld): Promise<string[]> {
  return Promise.all(
    world.hosts.map(async ({ host, life }) => {
      const { problems } = await host.check();
      const { work_queue_size: queue, engine_calls_in_flight: calls, shards_held: shards } = host.metrics();
      return `${life.name}: ${queue} queued, ${calls} calls, ${shards} shards; ${problems.join('; ')}`;
    }),
  );
}

async function everyId(world: SimWorld): Promise<Set<string>> {
  const ids = new Set<string>();
  const reader = world.store.open();
  let after: string | undefined;
  do {
    const page = await reader.events({ after, limit: 1_000 });
    for (const event of page.items) ids.add(event.deploymentId);
    after = page.next;
  } while (after !== undefined);
  return ids;
}

import { seededRandom } from '../../memory/seeded-random.js';
import type { Random } from '../../ports/random.js';
import { createCallRules } from './call-rules.js';
import { checkChains, checkRestart, checkTeardown } from './endings.js';
import { createEventReader, type EventReader } from './event-reader.js';
import { faultOperations } from './fault-operations.js';
import { createInvariants } from './invariants.js';
import { settle } from './settle.js';
import { startSimHost } from './sim-host.js';
import { type SimWorld, simWorld, type Violation } from './sim-world.js';
import type { SimulationOptions } from './simulation-options.js';
import { choose, deployOperation, fewestDeployments, type Operation, userOperations } from './user-operations.js';
import { createWishes } from './wishes.js';

export interface SimulationResult {
  readonly seed: number;
  readonly effects: number;
  readonly disturbed: number;
  readonly crashes: number;
  readonly deployments: number;
  /** Hosts that were up at once, at most. */
  readonly hosts: number;
  /** Of everything that was done, in order: the same for the same options on the same code. */
  readonly traceHash: string;
  readonly violations: readonly Violation[];
  /** What was done at which step, for `only`. */
  readonly operations: readonly { readonly step: number; readonly what: string }[];
  /** The last lines of what was done, oldest first; only when something was violated. */
  readonly trace: readonly string[];
}

/** The rest of the effects is what it takes to come to rest, to restart and to delete: faults stop here. */
const faultyShare = 0.69;
const longestStepMs = 1_500;
/** A history that makes no effects any more is ended. */
const longestHistoryMs = 3_600_000;
const hostsWanted = 2;
/** At the beginning every step deploys, so that each history has its 20 deployments. */
const firstSteps = 36;

/**
 * One history: the production code of two hosts on a virtual clock, against a simulated engine, store and agents, with
 * users who change their minds, and faults. The promises of the design (I1 to I12) are checked at every call and after
 * every step; then the faults stop, everything has to come to rest, survive a restart of the hosts, and leave nothing
 * when deleted.
 *
 * It never rejects for a broken promise: it is told in `violations`.
 *
 * @example
 * const { violations } = await simulate({ seed: 7, wrapDriver: (driver) => myPolicy(driver) });
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const world = simWorld(options);
  const wishes = createWishes(world);
  const rules = createCallRules(world, wishes);
  const invariants = createInvariants(world, wishes);
  const reader = createEventReader(world);
  world.onRestore.push(wishes.forget, rules.forget, invariants.forget, reader.forget);
  const keepHosts = () => {
    if (!world.bringBack && world.hosts.length + world.starting < hostsWanted) startSimHost(world, rules);
  };
  const operations: { step: number; what: string }[] = [];
  keepHosts();
  await world.clock.advance(100);
  keepHosts();
  const limit = (options.effects ?? 2_000) * faultyShare;
  for (let number = 0; world.tally.effects < limit && world.violations.length === 0; number += 1) {
    const what = await takeStep(world, { number, keepHosts, reader });
    if (what !== undefined) operations.push({ step: number, what });
    invariants.check();
    if (world.clock.monotonic() > longestHistoryMs) break;
  }
  const ends = [
    () => settle(world, keepHosts),
    () => checkRestart(world, rules),
    () => checkTeardown(world),
    () => finishReading(world, reader),
    async () => checkChains(world),
  ];
  for (const end of ends) {
    if (world.violations.length > 0) break;
    await end();
    invariants.check();
  }
  return resultOf(world, operations);
}

interface Turn {
  readonly number: number;
  readonly keepHosts: () => void;
  readonly reader: EventReader;
}

/** Each step draws from numbers of its own, so that a step that is left out changes no other one's draws. */
async function takeStep(world: SimWorld, { number, keepHosts, reader }: Turn): Promise<string | undefined> {
  const random = seededRandom(Math.imul(world.options.seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca77));
  const operation = chooseOperation(world, random, number);
  let what: string | undefined;
  if (operation && (world.options.only?.has(number) ?? true)) {
    what = operation.run(world, random);
    if (what !== undefined) {
      what = `${operation.name} ${what}`;
      world.tally.note(`step ${number}: ${what}`);
    }
  }
  if (number % 8 === 7) reader.read(random);
  await world.clock.advance(Math.floor(random.next() ** 3 * longestStepMs));
  if (random.next() < 0.3) keepHosts();
  return what;
}

function chooseOperation(world: SimWorld, random: Random, number: number): Operation | undefined {
  // Of a history that is made small each step stays what it is.
  const lacksSome = world.deployed < fewestDeployments && world.options.only === undefined;
  if (number < firstSteps || lacksSome) return deployOperation;
  const draw = random.next();
  if (draw < 0.5) return choose(random, userOperations);
  return draw < 0.66 ? choose(random, faultOperations) : undefined;
}

async function finishReading(world: SimWorld, reader: EventReader): Promise<void> {
  const [host] = world.hosts;
  if (!host) return;
  let done = false;
  void reader.finish(host).finally(() => {
    done = true;
  });
  for (let turn = 0; turn < 100 && !done; turn += 1) await world.clock.advance(100);
}

function resultOf(world: SimWorld, operations: SimulationResult['operations']): SimulationResult {
  const { tally, violations } = world;
  return {
    seed: world.options.seed,
    effects: tally.effects,
    disturbed: tally.disturbed,
    crashes: world.crashes,
    deployments: world.deployed,
    hosts: world.mostHosts,
    traceHash: tally.hash(),
    violations,
    operations,
    trace: violations.length > 0 ? tally.tail() : [],
  };
}

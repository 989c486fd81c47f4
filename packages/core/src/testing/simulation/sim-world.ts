import type { Host } from '../../host-types.js';
import { type MemoryCluster, memoryCluster } from '../../memory/memory-cluster.js';
import { type MemoryEngine, memoryEngine } from '../../memory/memory-engine.js';
import type { MemoryFrontDoor } from '../../memory/memory-front-door.js';
import type { MemoryInstance } from '../../memory/memory-instance.js';
import { type MemoryStore, memoryStore } from '../../memory/memory-store.js';
import type { MemoryWorld } from '../../memory/memory-world.js';
import { seededRandom } from '../../memory/seeded-random.js';
import type { CrashPoint } from '../../ports/crash-points.js';
import type { Random } from '../../ports/random.js';
import { teachAgents } from './agents.js';
import type { Expectation } from './expectations.js';
import type { Life } from './life.js';
import { type SimClock, simClock } from './sim-clock.js';
import type { SimulationOptions } from './simulation-options.js';
import { createSlack, type Slack } from './slack.js';
import { type StaleLooks, staleLooks } from './stale-looks.js';
import { createTally, type Tally } from './tally.js';

export const resyncMs = 10_000;
export const leaseMs = 10_000;
/** Effects between two crashes of a host, on average. */
const crashEvery = 165;

/** A broken promise, by the number that the design gives it. */
export interface Violation {
  /** `I1` to `I12`. */
  readonly invariant: string;
  readonly message: string;
  /** Effects so far. */
  readonly effects: number;
  /** Virtual milliseconds so far. */
  readonly atMs: number;
}

export interface SimHost {
  readonly host: Host;
  readonly door: MemoryFrontDoor;
  readonly life: Life;
  /** Deployments that it tells of as unknown to the store, when it was asked last. */
  reported: ReadonlySet<string>;
}

/** Everything of one history: one engine, one store, and hosts that come and go. */
export interface SimWorld {
  readonly options: SimulationOptions;
  readonly level: 'container' | 'workload';
  readonly clock: SimClock;
  readonly tally: Tally;
  readonly engine: MemoryEngine;
  readonly cluster: MemoryCluster;
  /** The engine that everything was made on; while it is exchanged another one answers. */
  readonly home: MemoryWorld;
  readonly store: MemoryStore;
  readonly looks: StaleLooks;
  readonly slack: Slack;
  readonly hosts: SimHost[];
  /** Every process that is alive, also one that is still starting. */
  readonly alive: Set<Life>;
  readonly expectations: Expectation[];
  readonly violations: Violation[];
  /** Of others: never to be touched. */
  readonly foreign: Set<string>;
  /** Instances that were well, and are not any more. */
  readonly sick: Set<string>;
  /** What forgets the time before when a backup comes back. */
  readonly onRestore: (() => void)[];
  /** Ends every call that hangs. */
  readonly hanging: Set<() => void>;
  /** Random numbers of what belongs to no step. */
  readonly random: Random;
  /** So many effects are a loop that comes to no end. */
  readonly endlessAt: number;
  storeDownUntil: number;
  /** What a user changed last: people change their minds. */
  lastChanged: Expectation | undefined;
  /** Brings the exchanged engine back. */
  bringBack: (() => void) | undefined;
  /** The newest backup: brings store and expectations back. */
  backup: (() => void) | undefined;
  /** Names that may be made a second time, for a reason that I6 allows for. */
  readonly mayReturn: Set<string>;
  /** When a backup was brought back last: for a moment hosts take over the health of before it. */
  restoredMs: number;
  /** How often a backup was brought back: names and generations of before count no more. */
  era: number;
  crashes: number;
  /** Deployments that were made. */
  deployed: number;
  lives: number;
  /** Hosts that were up at once, at most. */
  mostHosts: number;
  starting: number;
  /** The next crash point that a host reaches kills it. */
  crashAt: CrashPoint | undefined;
  report(invariant: string, message: string): void;
  kill(life: Life): void;
  /** True when the call that asks is the last one of its host. */
  crashNow(): boolean;
  /** Everything of ours on the engine. */
  ours(): MemoryInstance[];
}

export function simWorld(options: SimulationOptions): SimWorld {
  const { seed } = options;
  const seeded = (salt: number) => seededRandom(Math.imul(seed, 0x9e3779b1) ^ salt);
  const clock = simClock(seeded(0x1b873593));
  const tally = createTally(clock, seeded(0x5bd1e995), {
    rate: options.faultRate ?? 0.06,
    tailLines: options.traceLines ?? 300,
  });
  const engine = memoryEngine({ clock, random: seeded(0x2545f491) });
  const store = memoryStore({ clock, random: seeded(0x27d4eb2f) });
  const crashes = seeded(0x165667b1);
  let nextCrash = crashEvery;
  const world: SimWorld = {
    ...{ options, clock, tally, engine, store },
    level: options.level ?? 'container',
    endlessAt: 10_000 + 4 * (options.effects ?? 2_000),
    cluster: memoryCluster(engine),
    home: engine.inside.world,
    slack: createSlack(clock),
    random: seeded(0x85ebca6b),
    hosts: [],
    alive: new Set(),
    onRestore: [],
    expectations: [],
    violations: [],
    foreign: new Set(),
    sick: new Set(),
    mayReturn: new Set(),
    restoredMs: Number.NEGATIVE_INFINITY,
    hanging: new Set(),
    ...{
      storeDownUntil: 0,
      lastChanged: undefined,
      bringBack: undefined,
      backup: undefined,
      era: 0,
      crashAt: undefined,
    },
    ...{ crashes: 0, deployed: 0, lives: 0, mostHosts: 0, starting: 0 },
    get looks() {
      return looks;
    },
    report(invariant, message) {
      if (world.violations.length >= 20) return;
      world.violations.push({ invariant, message, effects: tally.effects, atMs: clock.monotonic() });
    },
    kill: (life) => kill(world, life),
    crashNow() {
      if (options.crashes === false || tally.effects < nextCrash) return false;
      nextCrash = tally.effects + Math.ceil(crashes.next() * 2 * crashEvery);
      return true;
    },
    ours() {
      const found: MemoryInstance[] = [];
      const { owner } = store.inside;
      for (const instance of world.home.instances.values()) if (instance.spec.owner === owner) found.push(instance);
      return found;
    },
  };
  const looks = staleLooks(world);
  teachAgents(engine);
  return world;
}

/** `kill -9`, at this very await. */
function kill(world: SimWorld, life: Life): void {
  if (life.over) return;
  life.over = true;
  world.alive.delete(life);
  world.crashes += 1;
  world.tally.note(`${life.name} is killed`);
  for (const end of life.endings) end();
  const at = world.hosts.findIndex((one) => one.life === life);
  if (at >= 0) world.hosts.splice(at, 1);
}

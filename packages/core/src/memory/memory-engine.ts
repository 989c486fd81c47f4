import { MoorageError } from '@moorage/protocol/base';
import type { InstanceSpec } from '../model/instance.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import { defaultBehaviour, type MemoryBehaviour, type MemoryExit, type MemoryResponse } from './memory-behaviour.js';
import { type MemoryInside, memoryInside } from './memory-inside.js';
import type { MemoryInstance } from './memory-instance.js';
import { endInstance, makeInstance, memoryProcess, vanishInstance, writeLine } from './memory-lifecycle.js';
import { type MemoryWorld, memoryWorld } from './memory-world.js';
import { seededRandom } from './seeded-random.js';

export interface MemoryEngineOptions {
  /** [none: nothing takes time] */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/**
 * A simulated engine. It outlives the driver objects that use it, as a real one does: a second `memoryDriver({ engine
 * })` is a restarted host. All faults are made here.
 */
export interface MemoryEngine {
  /** Identity of the engine, as `list` tells it. */
  readonly id: string;
  /** True while it answers. */
  readonly running: boolean;
  /**
   * What agents do from now on. `key` is an instance's name, a deployment's id, an image or an entrypoint, or `*` for
   * all; the most special one wins. Replaces what was said of that key before.
   */
  behave(key: string, behaviour: Partial<MemoryBehaviour>): void;
  /** Stops to answer: every call is `unavailable`. Instances go on, or end with it. [alive] */
  stop(options?: { readonly instances?: 'exited' | 'alive' | undefined }): void;
  /** Answers again. [instances: alive] */
  start(options?: { readonly instances?: 'exited' | 'alive' | undefined }): void;
  /** Another engine, empty, answers in its place; the returned function brings the first one back. */
  exchange(): () => void;
  /** An instance's process ends. [exit: SIGKILL] Errors: `not_found`. */
  kill(name: string, exit?: MemoryExit): void;
  /** An operator removes it. Absent is fine. */
  removeByHand(name: string): void;
  /** A thing of others takes this name. */
  foreign(name: string): { exists(): boolean; remove(): void };
  /** An agent writes a line. Errors: `not_found`. */
  logLine(name: string, text: string, stream?: 'stdout' | 'stderr'): void;
  /** Makes an instance and does not start it, as a host that dies in the middle of `create` leaves it. */
  halfMade(spec: InstanceSpec): void;
  /** A request to an instance's port. Undefined when nothing answers there. */
  request(port: number, path: string): MemoryResponse | undefined;
  /** Everything of an owner: names of instances, and volumes as `volume owner/deployment/name`. */
  leftovers(owner: string): readonly string[];
  /** Every call takes so long from now on. [0] */
  slow(callDelayMs: number): void;
  /** Room for so many instances; `create` beyond it is `resource_exhausted`. [no limit] */
  capacity(instances: number | undefined): void;
  /** The inside, for the drivers and the transport. */
  readonly inside: MemoryInside;
}

export function memoryEngine(options: MemoryEngineOptions = {}): MemoryEngine {
  const random = options.random ?? seededRandom(1);
  const newWorld = (): MemoryWorld => memoryWorld(`memory-${random.id(8)}`);
  const inside = memoryInside(options.clock, newWorld());
  let running = true;

  function endAll(): void {
    for (const instance of inside.world.instances.values()) {
      endInstance(inside, instance, { code: 255, message: 'The engine was stopped' });
    }
  }

  return {
    inside,
    get id() {
      return inside.world.id;
    },
    get running() {
      return running;
    },
    behave: (key, behaviour) => void inside.behaviours.set(key, { ...defaultBehaviour, ...behaviour }),
    stop({ instances = 'alive' } = {}) {
      running = false;
      if (instances === 'exited') endAll();
    },
    start({ instances = 'alive' } = {}) {
      if (instances === 'exited') endAll();
      running = true;
    },
    exchange() {
      const before = inside.world;
      inside.world = newWorld();
      return () => {
        inside.world = before;
      };
    },
    kill: (name, exit = { code: 137, signal: 'SIGKILL' }) => endInstance(inside, named(inside, name), exit),
    removeByHand(name) {
      const instance = inside.world.instances.get(name);
      if (instance) vanishInstance(inside, inside.world, instance);
    },
    foreign(name) {
      const { foreign } = inside.world;
      foreign.add(name);
      return { exists: () => foreign.has(name), remove: () => void foreign.delete(name) };
    },
    logLine: (name, text, stream = 'stdout') => writeLine(inside, named(inside, name), text, stream),
    halfMade: (spec) => void makeInstance(inside, inside.world, spec),
    request: (port, path) => request(inside, port, path),
    leftovers: (owner) => leftoversOf(inside.world, owner),
    slow: (callDelayMs) => {
      inside.callDelayMs = callDelayMs;
    },
    capacity: (instances) => {
      inside.room = instances ?? Number.POSITIVE_INFINITY;
    },
  };
}

function named({ world }: MemoryInside, name: string): MemoryInstance {
  const instance = world.instances.get(name);
  if (instance) return instance;
  throw new MoorageError('not_found', `The memory engine has no instance "${name}"`, { operation: 'memory.engine' });
}

function request(inside: MemoryInside, port: number, path: string): MemoryResponse | undefined {
  const instance = inside.byPort.get(port);
  if (instance?.state !== 'running') return undefined;
  const { respond } = inside.behaviourOf(instance.spec);
  return respond?.(memoryProcess(inside, instance), path) ?? { status: 200, body: '' };
}

function leftoversOf(world: MemoryWorld, owner: string): readonly string[] {
  const instances = [...world.instances.values()].filter(({ spec }) => spec.owner === owner);
  const volumes = [...world.volumes].filter(([, volume]) => volume.owner === owner);
  return [...instances.map(({ spec }) => spec.name), ...volumes.map(([key]) => `volume ${key}`)];
}

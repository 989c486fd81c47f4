import type { AgentTransport } from '../ports/agent-transport.js';
import type { Clock } from '../ports/clock.js';
import type { ContainerDriver, DriverCapabilities } from '../ports/driver.js';
import type { Random } from '../ports/random.js';
import { memoryCalls } from './memory-call.js';
import { memoryCreate } from './memory-create.js';
import { type MemoryEngine, memoryEngine } from './memory-engine.js';
import { memoryExtras } from './memory-extras.js';
import { toObservedInstance } from './memory-instance.js';
import { removeInstance } from './memory-lifecycle.js';
import { memoryTransport } from './memory-transport.js';
import { purgeVolumes } from './memory-world.js';

export interface MemoryDriverOptions {
  /** [none: nothing takes time] Not used beside `engine`, which has its own. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Says that it can less than it can. [everything that a memory engine can] */
  readonly capabilities?: Partial<DriverCapabilities> | undefined;
  /** [one of its own] */
  readonly engine?: MemoryEngine | undefined;
}

export interface MemoryDriver extends ContainerDriver {
  /** Give it to `createHost`: endpoints on a memory engine answer to nothing else. */
  readonly transport: AgentTransport;
  readonly engine: MemoryEngine;
}

const everything: DriverCapabilities = {
  isolation: true,
  sources: ['image', 'build', 'program'],
  limits: { cpu: true, memory: true, disk: true, pids: true },
  park: ['pause', 'stop'],
  egressControl: true,
  volumes: true,
  logs: true,
  watch: true,
  usage: ['cpu', 'memory'],
  runs: true,
};

/**
 * A container driver without an engine, for tests, simulations and a first look: instances are records, their behaviour
 * is what `engine.behave` said. It passes the same conformance suite as the real ones.
 */
export function memoryDriver(options: MemoryDriverOptions = {}): MemoryDriver {
  const engine = options.engine ?? memoryEngine({ clock: options.clock, random: options.random });
  const capabilities = Object.freeze({ ...everything, ...options.capabilities });
  const calls = memoryCalls('memory', engine);
  const extras = memoryExtras(engine, calls, capabilities);
  const { park, unpark, watch, logs, usage, startRun } = extras.methods;
  const { inside } = engine;
  const driver: MemoryDriver = {
    contract: 1,
    level: 'container',
    name: 'memory',
    capabilities,
    engine,
    transport: memoryTransport(engine),
    // A method is there if its capability is.
    ...(capabilities.park.length > 0 && { park, unpark }),
    ...(capabilities.watch && { watch }),
    ...(capabilities.logs && { logs }),
    ...(capabilities.usage.length > 0 && { usage }),
    ...(capabilities.runs && { startRun }),
    async list({ owner }, call) {
      await calls.enter('list', call);
      calls.check('list', call);
      const instances = [...inside.world.instances.values()].filter(({ spec }) => spec.owner === owner);
      return { engine: engine.id, instances: instances.map(toObservedInstance) };
    },
    create: (spec, call) => memoryCreate('create', engine, calls, capabilities, spec, call),
    async remove(name, call) {
      await calls.enter('remove', call);
      calls.check('remove', call);
      const instance = extras.ours(name, call.owner);
      if (instance) removeInstance(inside, inside.world, instance, call.graceMs, call.purge);
      else if (call.purge) purgeVolumes(inside.world, call.owner, deploymentOf(name));
    },
    async close() {
      calls.close();
      extras.close();
    },
  };
  return Object.freeze(driver);
}

/** From the name, for an instance that is gone while its deployment's volumes are still there. */
function deploymentOf(name: string): string {
  return /^moor-(.+)-\d+-[^-]+-\d+$/.exec(name)?.[1] ?? name;
}

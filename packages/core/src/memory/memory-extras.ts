import { MoorageError } from '@moorage/protocol/base';
import type { UsageSample } from '../model/incident.js';
import type { ContainerDriver, DriverCapabilities } from '../ports/driver.js';
import type { MemoryCalls } from './memory-call.js';
import { memoryCreate } from './memory-create.js';
import type { MemoryEngine } from './memory-engine.js';
import type { MemoryInstance } from './memory-instance.js';
import { endInstance, parkInstance, unparkInstance } from './memory-lifecycle.js';

type Optional = 'park' | 'unpark' | 'watch' | 'logs' | 'usage' | 'startRun';
type Extras = Required<Pick<ContainerDriver, Optional>>;

/** The optional methods of both memory drivers, and what they need. */
export interface MemoryExtras {
  readonly methods: Extras;
  /** An instance of this owner. */
  ours(name: string, owner: string): MemoryInstance | undefined;
  /** Ends every watch. */
  close(): void;
}

export function memoryExtras(engine: MemoryEngine, calls: MemoryCalls, capabilities: DriverCapabilities): MemoryExtras {
  const { inside } = engine;
  const unwatch = new Set<() => void>();

  const ours = finder(engine);
  const known = (operation: string, name: string, owner: string): MemoryInstance => {
    const instance = ours(name, owner);
    if (instance) return instance;
    throw new MoorageError('not_found', `Cannot ${operation}: there is no instance "${name}"`, { operation });
  };

  async function park(...[name, depth, call]: Parameters<Extras['park']>): Promise<void> {
    await calls.enter('park', call);
    if (!capabilities.park.includes(depth)) throw calls.unsupported('park', `depth "${depth}"`);
    const leftMs = parkInstance(inside, known('park', name, call.owner), depth);
    if (leftMs > 0) await calls.pass('park', leftMs, call);
  }

  async function unpark(...[name, call]: Parameters<Extras['unpark']>): Promise<void> {
    await calls.enter('unpark', call);
    unparkInstance(inside, known('unpark', name, call.owner));
  }

  async function* logs(...[name, call]: Parameters<Extras['logs']>) {
    await calls.enter('logs', call);
    yield* known('logs', name, call.owner).log.read(call);
  }

  async function usage(...[names, call]: Parameters<Extras['usage']>): Promise<UsageSample[]> {
    await calls.enter('usage', call);
    return names
      .map((name) => ours(name, call.owner))
      .filter((instance) => instance?.state === 'running' || instance?.state === 'paused')
      .map((instance) => sample(engine, capabilities, instance as MemoryInstance));
  }

  async function startRun(...[{ spec, deadline }, call]: Parameters<Extras['startRun']>) {
    const before = ours(spec.name, spec.owner);
    const halfMade = before?.state === 'creating';
    await memoryCreate('startRun', engine, calls, capabilities, { ...spec, kind: 'run' }, call);
    const run = ours(spec.name, spec.owner);
    if (run === undefined || (run === before && !halfMade) || !inside.timed) return;
    const leftMs = Math.max(0, deadline - inside.clock.now());
    inside.clock.setTimer(leftMs, () =>
      endInstance(inside, run, { code: 137, signal: 'SIGKILL', message: 'The deadline of the run has passed' }),
    );
  }

  return {
    methods: { park, unpark, watch: watcher(engine, unwatch), logs, usage, startRun },
    ours,
    close() {
      for (const stop of unwatch) stop();
    },
  };
}

function finder(engine: MemoryEngine): MemoryExtras['ours'] {
  return (name, owner) => {
    const instance = engine.inside.world.instances.get(name);
    return instance?.spec.owner === owner ? instance : undefined;
  };
}

function watcher(engine: MemoryEngine, unwatch: Set<() => void>): Extras['watch'] {
  return ({ owner }, hint) => {
    const stop = engine.inside.watch((spec) => {
      if (spec.owner === owner && engine.running) hint(spec.deploymentId);
    });
    unwatch.add(stop);
    return () => {
      unwatch.delete(stop);
      stop();
    };
  };
}

function sample(engine: MemoryEngine, capabilities: DriverCapabilities, { spec }: MemoryInstance): UsageSample {
  const { cpuPercent, memoryBytes } = engine.inside.behaviourOf(spec);
  return {
    instance: spec.name,
    at: engine.inside.clock.now(),
    cpuPercent: capabilities.usage.includes('cpu') ? cpuPercent : 'unsupported',
    memoryBytes: capabilities.usage.includes('memory') ? memoryBytes : 'unsupported',
    diskBytes: 'unsupported',
    networkInBytesPerSecond: 'unsupported',
    networkOutBytesPerSecond: 'unsupported',
  };
}

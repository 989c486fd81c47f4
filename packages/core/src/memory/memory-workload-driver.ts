import type { AgentTransport } from '../ports/agent-transport.js';
import type { Clock } from '../ports/clock.js';
import type { DriverCapabilities, WorkloadDriver } from '../ports/driver.js';
import type { Random } from '../ports/random.js';
import { lackingCapability } from './lacking-capability.js';
import { memoryCalls } from './memory-call.js';
import { type MemoryCluster, memoryCluster } from './memory-cluster.js';
import { type MemoryEngine, memoryEngine } from './memory-engine.js';
import { memoryExtras } from './memory-extras.js';
import { toObservedInstance } from './memory-instance.js';
import { removeInstance } from './memory-lifecycle.js';
import { memoryTransport } from './memory-transport.js';

export interface MemoryWorkloadDriverOptions {
  /** [none: the cluster moves one step with each call] Not used beside `engine`, which has its own. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** [everything that a memory cluster can] */
  readonly capabilities?: Partial<DriverCapabilities> | undefined;
  /** Give both of a driver to another one: a restarted host. [of its own] */
  readonly engine?: MemoryEngine | undefined;
  readonly cluster?: MemoryCluster | undefined;
}

export interface MemoryWorkloadDriver extends WorkloadDriver {
  readonly transport: AgentTransport;
  readonly engine: MemoryEngine;
  readonly cluster: MemoryCluster;
}

const everything: DriverCapabilities = {
  isolation: true,
  sources: ['image', 'build', 'program'],
  limits: { cpu: true, memory: true, disk: true, pids: true },
  park: ['stop'],
  egressControl: true,
  volumes: true,
  logs: true,
  watch: true,
  usage: ['cpu', 'memory'],
  runs: true,
  autoscale: ['cpu', 'memory'],
};

/**
 * A workload driver without a cluster: a simulated orchestrator that keeps replicas, rolls out one extra at a time
 * behind readiness, restarts what ended, tells a roll-out as failed after its deadline, and confirms a deletion later.
 */
export function memoryWorkloadDriver(options: MemoryWorkloadDriverOptions = {}): MemoryWorkloadDriver {
  const engine = options.engine ?? memoryEngine({ clock: options.clock, random: options.random });
  const cluster = options.cluster ?? memoryCluster(engine);
  const capabilities = Object.freeze({ ...everything, ...options.capabilities });
  const calls = memoryCalls('memory-workload', engine);
  const extras = memoryExtras(engine, calls, capabilities);
  const { watch, logs, usage, startRun } = extras.methods;
  const driver: MemoryWorkloadDriver = {
    contract: 1,
    level: 'workload',
    name: 'memory-workload',
    capabilities,
    engine,
    cluster,
    transport: memoryTransport(engine),
    ...(capabilities.watch && { watch }),
    ...(capabilities.logs && { logs }),
    ...(capabilities.usage.length > 0 && { usage }),
    ...(capabilities.runs && { startRun }),
    async list({ owner }, call) {
      await calls.enter('list', call);
      calls.check('list', call);
      const instances = [...engine.inside.world.instances.values()].filter(({ spec }) => spec.owner === owner);
      return { engine: engine.id, instances: instances.map(toObservedInstance) };
    },
    async apply(workload, call) {
      await calls.enter('apply', call);
      calls.check('apply', call);
      const lacking = lackingCapability(workload.template, capabilities);
      if (lacking) throw calls.unsupported('apply', lacking);
      cluster.apply(workload);
    },
    async deleteWorkload(deploymentId, call) {
      await calls.enter('deleteWorkload', call);
      calls.check('deleteWorkload', call);
      cluster.delete(deploymentId, call.owner);
      for (const instance of engine.inside.world.instances.values()) {
        const { kind, owner, deploymentId: id, graceMs } = instance.spec;
        if (kind === 'run' && owner === call.owner && id === deploymentId) {
          removeInstance(engine.inside, engine.inside.world, instance, graceMs, true);
        }
      }
    },
    async describe({ owner }, call) {
      await calls.enter('describe', call);
      calls.check('describe', call);
      return { engine: engine.id, workloads: cluster.describe(owner) };
    },
    async close() {
      calls.close();
      extras.close();
    },
  };
  return Object.freeze(driver);
}

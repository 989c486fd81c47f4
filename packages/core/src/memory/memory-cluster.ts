import { MoorageError } from '@moorage/protocol/base';
import type { ObservedWorkload, Workload } from '../ports/driver.js';
import { beginRollout, type Controller, lookAgain, reconcileWorkload } from './memory-controller.js';
import type { MemoryEngine } from './memory-engine.js';
import type { MemoryInside } from './memory-inside.js';
import type { MemoryInstance } from './memory-instance.js';
import { type MemoryWorkload, newWorkload, toObservedWorkload } from './memory-workload.js';
import type { MemoryWorld } from './memory-world.js';

/** A small simulated orchestrator on a memory engine: it makes the instances that its workloads wish for. */
export interface MemoryCluster {
  /** Errors: `conflict` when another owner has the workload's name. */
  apply(workload: Workload): void;
  delete(deploymentId: string, owner: string): void;
  describe(owner: string): readonly ObservedWorkload[];
  /** What the cluster's autoscaler wants of a workload with a range from now on; its ends bound it. */
  autoscale(deploymentId: string, instances: number): void;
  /** Names of an owner's workloads. */
  leftovers(owner: string): readonly string[];
}

export function memoryCluster(engine: MemoryEngine): MemoryCluster {
  const { inside } = engine;
  // Workloads belong to the world that was there when they were made: an exchanged engine has none, and goes on.
  const byWorld = new Map<MemoryWorld, Site>();
  const here = (): Site => {
    const site = byWorld.get(inside.world) ?? newSite(inside, inside.world);
    byWorld.set(inside.world, site);
    return site;
  };
  const ofOwner = (owner: string): MemoryWorkload[] =>
    [...here().workloads.values()].filter(({ wish }) => wish.owner === owner);

  inside.watch((spec) => {
    for (const { workloads, controller } of byWorld.values()) {
      const workload = workloads.get(spec.deploymentId);
      if (workload) lookAgain(controller, workload, 0);
    }
  });

  return {
    apply(wish) {
      const id = wish.deploymentId;
      const { workloads, attempts, controller } = here();
      const there = workloads.get(id);
      if ((there && there.wish.owner !== wish.owner) || inside.world.foreign.has(id)) throw conflict(id);
      const before = there?.wish;
      const workload = there ?? newWorkload(wish, attempts.get(id) ?? 0);
      workload.wish = structuredClone(wish);
      workloads.set(id, workload);
      if (before?.templateHash !== wish.templateHash || before.restartEpoch !== wish.restartEpoch) {
        beginRollout(controller, workload);
      }
      reconcileWorkload(controller, workload);
    },
    delete(deploymentId, owner) {
      const { workloads, controller } = here();
      const workload = workloads.get(deploymentId);
      if (workload?.wish.owner !== owner) return;
      workload.deleting = true;
      // Not at once: an orchestrator accepts a deletion first, and carries it out later.
      if (inside.timed) lookAgain(controller, workload, 0);
      else queueMicrotask(() => reconcileWorkload(controller, workload));
    },
    describe(owner) {
      if (!inside.timed) for (const workload of ofOwner(owner)) reconcileWorkload(here().controller, workload);
      const byId = agentsByDeployment(inside.world, owner);
      return ofOwner(owner).map((workload) =>
        toObservedWorkload(inside, workload, byId.get(workload.wish.deploymentId) ?? []),
      );
    },
    autoscale(deploymentId, instances) {
      const { workloads, controller } = here();
      const workload = workloads.get(deploymentId);
      if (!workload) return;
      workload.autoscaled = instances;
      reconcileWorkload(controller, workload);
    },
    leftovers: (owner) => ofOwner(owner).map(({ wish }) => `workload ${wish.deploymentId}`),
  };
}

/** The workloads of one world, with the controller that looks after them. */
interface Site {
  readonly workloads: Map<string, MemoryWorkload>;
  /** The last attempt of each that is gone. */
  readonly attempts: Map<string, number>;
  readonly controller: Controller;
}

function newSite(inside: MemoryInside, world: MemoryWorld): Site {
  const workloads = new Map<string, MemoryWorkload>();
  const attempts = new Map<string, number>();
  return {
    workloads,
    attempts,
    controller: {
      inside: insideOf(inside, world),
      holds: (workload) => workloads.get(workload.wish.deploymentId) === workload,
      forget({ wish, attempt }) {
        attempts.set(wish.deploymentId, attempt);
        workloads.delete(wish.deploymentId);
      },
    },
  };
}

function agentsByDeployment({ instances }: MemoryWorld, owner: string): ReadonlyMap<string, readonly MemoryInstance[]> {
  const byId = new Map<string, MemoryInstance[]>();
  for (const instance of instances.values()) {
    const { kind, owner: its, deploymentId } = instance.spec;
    if (kind !== 'agent' || its !== owner) continue;
    const list = byId.get(deploymentId);
    if (list) list.push(instance);
    else byId.set(deploymentId, [instance]);
  }
  return byId;
}

/** The same inside, with this world whichever one answers now. */
function insideOf(inside: MemoryInside, world: MemoryWorld): MemoryInside {
  return {
    ...inside,
    world,
    get room() {
      return inside.room;
    },
    get callDelayMs() {
      return inside.callDelayMs;
    },
  };
}

function conflict(deploymentId: string): MoorageError {
  const message = `Cannot apply "${deploymentId}": something of another owner has that name`;
  return new MoorageError('conflict', message, { operation: 'apply', retryable: false, context: { deploymentId } });
}

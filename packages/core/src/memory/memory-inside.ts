import type { InstanceSpec } from '../model/instance.js';
import type { Clock } from '../ports/clock.js';
import { defaultBehaviour, type MemoryBehaviour } from './memory-behaviour.js';
import type { MemoryInstance } from './memory-instance.js';
import type { Lifecycle } from './memory-lifecycle.js';
import type { MemoryWorld } from './memory-world.js';
import { stillClock } from './still-clock.js';

/** The inside of a memory engine, shared by its drivers, its cluster and its transport; not for users. */
export interface MemoryInside extends Lifecycle {
  /** False without a clock: nothing takes time, and deadlines never come. */
  readonly timed: boolean;
  readonly behaviours: Map<string, MemoryBehaviour>;
  readonly byPort: Map<number, MemoryInstance>;
  world: MemoryWorld;
  callDelayMs: number;
  /** Instances that fit. */
  room: number;
  /** It runs, and its time to get healthy has passed. */
  warm(instance: MemoryInstance): boolean;
  watch(listener: (spec: InstanceSpec) => void): () => void;
}

export function memoryInside(givenClock: Clock | undefined, world: MemoryWorld): MemoryInside {
  const clock = givenClock ?? stillClock();
  const behaviours = new Map<string, MemoryBehaviour>();
  const byPort = new Map<number, MemoryInstance>();
  const listeners = new Set<(spec: InstanceSpec) => void>();
  let lastPort = 9_999;

  const behaviourOf = (spec: InstanceSpec): MemoryBehaviour =>
    behaviours.get(spec.name) ??
    behaviours.get(spec.deploymentId) ??
    behaviours.get(spec.source.kind === 'program' ? spec.source.entrypoint : spec.source.image) ??
    behaviours.get('*') ??
    defaultBehaviour;

  return {
    clock,
    timed: givenClock !== undefined,
    behaviours,
    byPort,
    world,
    callDelayMs: 0,
    room: Number.POSITIVE_INFINITY,
    behaviourOf,
    warm: ({ spec, state, startedMs }) =>
      (state === 'running' || state === 'removing') &&
      (givenClock === undefined || clock.monotonic() - startedMs >= behaviourOf(spec).healthyAfterMs),
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    // Later, so that a listener never runs in the middle of a change.
    changed(spec) {
      queueMicrotask(() => {
        for (const listener of [...listeners]) listener(spec);
      });
    },
    listen(instance) {
      lastPort += 1;
      byPort.set(lastPort, instance);
      return lastPort;
    },
    hangUp: (port) => void byPort.delete(port),
  };
}

import type { InstanceExit, InstanceSpec, InstanceState, ObservedInstance } from '../model/instance.js';
import type { MemoryLog } from './memory-log.js';

/** One instance inside the simulated engine. Mutable, and never handed out. */
export interface MemoryInstance {
  readonly spec: InstanceSpec;
  readonly createdAt: number;
  /** As `createdAt`, monotonic. */
  readonly madeMs: number;
  readonly memory: Map<string, unknown>;
  readonly ownFiles: Map<string, string>;
  readonly mounts: readonly { readonly path: string; readonly files: Map<string, string> }[];
  readonly log: MemoryLog;
  state: InstanceState;
  port: number;
  startedAt: number | undefined;
  /** Monotonic. */
  startedMs: number;
  exit: InstanceExit | undefined;
  /** When it ends by itself, monotonic. */
  endsAtMs: number | undefined;
  /** Cancels the timer of its own end. */
  cancelEnd: () => void;
  /** Cancels the timer of a removal or a stop under way. */
  cancelStop: () => void;
  /** When a stop that is under way ends, monotonic. */
  stopsAtMs: number | undefined;
  /** Its deployment's volumes go with it. */
  purge: boolean;
}

/** Host of the endpoints of simulated instances. */
export const memoryHost = 'memory';

/** What an outsider sees: a copy, without secrets. */
export function toObservedInstance(instance: MemoryInstance): ObservedInstance {
  const { spec, state } = instance;
  const reachable = state === 'running' || state === 'paused';
  return {
    kind: spec.kind,
    name: spec.name,
    tenant: spec.tenant,
    deploymentId: spec.deploymentId,
    ordinal: spec.ordinal,
    attempt: spec.attempt,
    templateHash: spec.templateHash,
    restartEpoch: spec.restartEpoch,
    state,
    endpoint: reachable ? { host: memoryHost, port: instance.port } : undefined,
    createdAt: instance.createdAt,
    startedAt: instance.startedAt,
    exit: instance.exit === undefined ? undefined : { ...instance.exit },
  };
}

import type { InstanceExit, InstanceSpec } from '@moorage/core/driver';
import type { ProcessIdentity } from './process-identity.js';

/**
 * `spec.json`: what the folder is and whose. The agent's environment is not in it, neither plain nor secret: that lives
 * in the memory of the processes only.
 */
export interface InstanceRecord {
  readonly moorage: 1;
  /** Random, one per folder; every process of the instance carries it in `MOORAGE_INSTANCE_ID`. */
  readonly instanceId: string;
  readonly kind: InstanceSpec['kind'];
  readonly name: string;
  readonly owner: string;
  readonly tenant: string;
  readonly deploymentId: string;
  readonly agentId: string;
  readonly ordinal: number;
  readonly attempt: number;
  readonly templateHash: string;
  readonly restartEpoch: number;
  /** On 127.0.0.1; held until the instance is removed. */
  readonly port: number;
  readonly graceMs: number;
  /** ms since 1970. */
  readonly createdAt: number;
}

/** `status.json`: written by the shim alone, always whole (a rename). Absent: nothing was started yet. */
export interface StatusRecord {
  readonly phase: 'running' | 'stopped' | 'exited';
  readonly shim: ProcessIdentity;
  /** The agent, leader of its own process group and session; absent while stopped, or when it could not be started. */
  readonly agent: ProcessIdentity | undefined;
  readonly startedAt: number | undefined;
  readonly exit: InstanceExit | undefined;
  /** Why the system refused to start the program. */
  readonly startError: string | undefined;
}

/** `wish.json`: what the shim has to do when it gets SIGUSR2. */
export interface WishRecord {
  readonly want: 'running' | 'stopped';
  readonly graceMs: number;
}

/** `removing.json`: a removal has begun; `deadline` (ms since 1970) ends the grace, also for who takes it up later. */
export interface RemovingRecord {
  readonly deadline: number;
  readonly signalled: boolean;
  /** The host process that is at it; undefined once it has given up: then it has to be asked for again. */
  readonly by: ProcessIdentity | undefined;
}

/** Everything that one instance's folder tells. */
export interface InstanceFiles {
  readonly folder: string;
  readonly record: InstanceRecord;
  readonly status: StatusRecord | undefined;
  readonly removing: RemovingRecord | undefined;
}

/** True for the content of a `spec.json` that this driver wrote. */
export function isInstanceRecord(value: unknown): value is InstanceRecord {
  const record = value as Partial<InstanceRecord> | null;
  return (
    typeof record === 'object' &&
    record !== null &&
    record.moorage === 1 &&
    typeof record.instanceId === 'string' &&
    typeof record.name === 'string' &&
    typeof record.owner === 'string' &&
    typeof record.port === 'number'
  );
}

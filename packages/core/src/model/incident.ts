import type { DeploymentId, EpochMs, InstanceName, TenantId } from './ids.js';
import type { InstanceExit } from './instance.js';

/**
 * Why an instance ended. `operator`: somebody removed it from outside. `host`: we did (roll-out, scale, restart are not
 * incidents).
 */
export type IncidentReason =
  | 'oom'
  | 'exit-code'
  | 'signal'
  | 'probe-failed'
  | 'start-failed'
  | 'operator'
  | 'engine-restart'
  | 'host';

/** One instance's end, with what is needed to understand it later. */
export interface Incident {
  readonly id: string;
  readonly deploymentId: DeploymentId;
  readonly tenant: TenantId;
  readonly instance: InstanceName;
  readonly reason: IncidentReason;
  /** A sentence for a person. */
  readonly message: string;
  readonly exit: InstanceExit | undefined;
  /** The last 50 lines it wrote, oldest first. */
  readonly logs: readonly LogLine[];
  /** The last samples of its resources, oldest first. */
  readonly samples: readonly UsageSample[];
  readonly at: EpochMs;
}

export interface LogLine {
  readonly instance: InstanceName;
  readonly stream: 'stdout' | 'stderr';
  readonly at: EpochMs | undefined;
  readonly text: string;
}

/** A figure, or that the engine cannot tell it. Never 0 for "unknown". */
export type Measured = number | 'unsupported';

export interface UsageSample {
  readonly instance: InstanceName;
  readonly at: EpochMs;
  /** Percent of one core. */
  readonly cpuPercent: Measured;
  readonly memoryBytes: Measured;
  readonly diskBytes: Measured;
  /** Bytes a second since the sample before. */
  readonly networkInBytesPerSecond: Measured;
  readonly networkOutBytesPerSecond: Measured;
}

import type { DeploymentRecord } from '../model/deployment.js';
import type { HealthStatus } from '../model/health.js';
import type { EpochMs, InstanceName } from '../model/ids.js';
import type { ObservedInstance } from '../model/instance.js';

/** A create that the engine refused. */
export interface FailedCreate {
  readonly message: string;
  /** False: waiting does not cure it (an image that cannot be run). */
  readonly retryable: boolean;
}

/** All that the plan for one deployment follows from. */
export interface PlanInput {
  readonly record: DeploymentRecord;
  /** Its instances, as one list of the engine told them. */
  readonly instances: readonly ObservedInstance[];
  readonly health: ReadonlyMap<InstanceName, HealthStatus>;
  /** What the last failed check of an instance found, for a person. */
  readonly lastErrors?: ReadonlyMap<InstanceName, string> | undefined;
  /** The health that events have told already. */
  readonly told: ReadonlyMap<InstanceName, HealthStatus>;
  /** Instances with a call to the engine under way: planned around, never acted on. */
  readonly busy: ReadonlyMap<InstanceName, 'create' | 'remove' | 'park' | 'unpark'>;
  readonly failedCreates: ReadonlyMap<InstanceName, FailedCreate>;
  /** Instances seen alive before and not removed by us: missing now, somebody else removed them. */
  readonly seen: ReadonlySet<InstanceName>;
  /** Can the engine park at all, and does a pause keep memory? */
  readonly canPark: boolean;
  /** Milliseconds since 1970 of a clock that does not jump within this process's life. */
  readonly now: EpochMs;
  /** In [0, 1): spreads the back-off. */
  readonly random01: number;
}

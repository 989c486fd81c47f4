import type { DeploymentId, EpochMs, InstanceName, TenantId } from './ids.js';
import type { Endpoint, InstanceExit, ObservedInstance } from './instance.js';

/** A deployment as the cluster sees it. */
export interface ObservedWorkload {
  readonly deploymentId: DeploymentId;
  readonly tenant: TenantId;
  readonly generation: number;
  /** As the wish has it; undefined where it was stated without. */
  readonly wishedAt?: EpochMs | undefined;
  readonly templateHash: string;
  readonly restartEpoch: number;
  readonly deleting: boolean;
  readonly wanted: number;
  readonly ready: number;
  readonly updated: number;
  /** Roll-out: under way, done, or failed with its cause. */
  readonly rollout: 'progressing' | 'complete' | 'failed';
  /** What a person has to know: image cannot be pulled, quota exceeded, unschedulable, … */
  readonly causes: readonly string[];
  readonly instances: readonly ObservedInstance[];
  /** Where the engine itself spreads requests over those that are ready: traffic goes there, not to single ones. */
  readonly address?: Endpoint | undefined;
  /**
   * Why the wish has to be stated again although this version serves: a part of it is missing, or one of an earlier
   * wish is left.
   */
  readonly unfinished?: string | undefined;
  /** Instances that ended since they were made, with why. */
  readonly ended: readonly { readonly name: InstanceName; readonly exit: InstanceExit }[];
}

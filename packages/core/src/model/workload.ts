import type { DeploymentId, InstanceName, TenantId } from './ids.js';
import type { InstanceExit, ObservedInstance } from './instance.js';

/** A deployment as the cluster sees it. */
export interface ObservedWorkload {
  readonly deploymentId: DeploymentId;
  readonly tenant: TenantId;
  readonly generation: number;
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
  /** Instances that ended since they were made, with why. */
  readonly ended: readonly { readonly name: InstanceName; readonly exit: InstanceExit }[];
}

import type { Manifest } from '@moorage/protocol/base';
import type { HealthPolicy } from './health.js';
import type { AddressId, DeploymentId, EpochMs, InstanceName, TenantId } from './ids.js';
import type { ScalingRange } from './scaling.js';
import type { Template } from './template.js';

/** How deep a deployment is parked: `pause` keeps memory, `stop` keeps what the engine keeps of a stopped instance. */
export type ParkDepth = 'pause' | 'stop';

/** What was asked for. Written by `engine/desired-state.ts` only. */
export interface DesiredState {
  readonly id: DeploymentId;
  readonly tenant: TenantId;
  readonly agentId: string;
  /** Unique among the tenant's live deployments; the agent's id unless a second one of its type is asked for. */
  readonly name: string;
  /** The manifest as given, secrets removed from its `runtime.env`. */
  readonly manifest: Manifest;
  /** Rises with every change of the wish. */
  readonly generation: number;
  readonly template: Template;
  /** Computed at commit, stored, and never recomputed by a newer version. */
  readonly templateHash: string;
  readonly health: HealthPolicy;
  readonly rolloutDeadlineMs: number;
  /** Fixed number of instances; beside a range its lower end. */
  readonly replicas: number;
  /** A range that the orchestrator's own autoscaler keeps. Undefined: a fixed number. */
  readonly scaling?: ScalingRange | undefined;
  readonly parked: ParkDepth | false;
  /** Rises with `restart()`: instances made under a lower one are replaced. Part of no hash. */
  readonly restartEpoch: number;
  readonly deletedAt: EpochMs | undefined;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
}

/**
 * Where a deployment is on its way:
 * `pending` nothing ready yet · `progressing` a roll-out or a change of scale is under way · `ready` as asked ·
 * `degraded` serving, with less than asked · `failed` a crash loop or a refusal that waiting does not cure ·
 * `parked` · `deleting`, and when the record goes, `deleted` is told by event only.
 */
export type DeploymentPhase = 'pending' | 'progressing' | 'ready' | 'degraded' | 'failed' | 'parked' | 'deleting';

/** One place for one instance. Attempts are committed before use and never reused. */
export interface Slot {
  readonly ordinal: number;
  /** Highest attempt ever committed for this ordinal; the next create uses `attempt + 1`. */
  readonly attempt: number;
  /** Attempts that ended or were given up in a row; 0 again after 10 minutes of health. */
  readonly failures: number;
  /** Not before this time is another attempt made; wall clock, undefined when at once. */
  readonly retryAt: EpochMs | undefined;
  /** Name of the attempt that is counted already in `failures`, so that no end counts twice. */
  readonly lastEnded: InstanceName | undefined;
  /** Earlier ones that are counted and were still listed then: their removal may take long, or fail. */
  readonly counted?: readonly InstanceName[] | undefined;
  /** Attempts that traffic went to: those that the next host may take as healthy until a probe of its own says more. */
  readonly serving?: readonly number[] | undefined;
}

/** How far the reconciler is. Written by `engine/reconciler.ts` only, and only when changed. */
export interface DeploymentStatus {
  readonly phase: DeploymentPhase;
  /** A sentence for a person: why the phase is what it is. */
  readonly reason: string;
  readonly observedGeneration: number;
  /** The `restartEpoch` that the slots' counters belong to. */
  readonly observedRestartEpoch: number;
  readonly slots: readonly Slot[];
  /** Instances counted as ready at the last look. */
  readonly readyInstances: number;
  /** Beside a range: how many instances the orchestrator's autoscaler wanted at the last look. */
  readonly wantedInstances?: number | undefined;
  /** The last template whose instances were all ready: where a roll-back goes. */
  readonly lastReady: { readonly hash: string; readonly template: Template; readonly health: HealthPolicy } | undefined;
  /** The template that failed to roll out; not tried again until the wish changes. */
  readonly failedHash: string | undefined;
  /** Why it failed, for a person. */
  readonly failedReason: string | undefined;
  readonly rollout: { readonly hash: string; readonly startedAt: EpochMs } | undefined;
  /** Instances whose memory was lost while parked, told once by `unpark`. */
  readonly stateLost: boolean;
  /** Where its address was open at the last commit: what hosts tell that do not work on it. */
  readonly url?: string | undefined;
  readonly updatedAt: EpochMs;
}

/** A stable address: a record of its own, pointing at a deployment. */
export interface AddressRecord {
  readonly id: AddressId;
  readonly tenant: TenantId;
  readonly agentId: string;
  readonly deploymentId: DeploymentId;
  /** Host port from the configured range, or undefined where the front door needs none. */
  readonly port: number | undefined;
  readonly createdAt: EpochMs;
}

/** All that one resync needs of one deployment, read in one call. */
export interface DeploymentRecord {
  readonly desired: DesiredState;
  readonly status: DeploymentStatus;
  readonly address: AddressRecord;
  /** Optimistic lock: rises with every commit. */
  readonly revision: number;
}

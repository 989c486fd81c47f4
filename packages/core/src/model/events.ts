import type { DeploymentId, EpochMs, TenantId } from './ids.js';

/** Past facts, noun first. */
export const hostEventTypes = [
  'deployment-created',
  'deployment-updated',
  'deployment-scaled',
  'deployment-parked',
  'deployment-unparked',
  'deployment-restarted',
  'deployment-deleting',
  'deployment-deleted',
  'deployment-ready',
  'deployment-degraded',
  'deployment-failed',
  'deployment-progressing',
  'rollout-started',
  'rollout-finished',
  'rollout-rolled-back',
  'instance-created',
  'instance-ready',
  'instance-unhealthy',
  'instance-ended',
  'instance-removed',
  'health-changed',
  'incident-opened',
  'orphan-reported',
] as const;

export type HostEventType = (typeof hostEventTypes)[number];

/** An event as it is handed to a commit; the store adds cursor and time. */
export interface NewEvent {
  readonly type: HostEventType;
  readonly deploymentId: DeploymentId;
  readonly tenant: TenantId;
  readonly agentId: string;
  /** A sentence for a person. */
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One event of the feed. The cursor is opaque; it resumes after this event, without loss or doubles. */
export interface HostEvent extends NewEvent {
  readonly cursor: string;
  readonly at: EpochMs;
}

/** A change as it is handed to a commit; the store numbers it and links its hash to the one before. */
export interface NewAudit {
  /** Who: `operator`, a tenant's token subject, or `host` for the reconciler. */
  readonly actor: string;
  /** What: `deploy`, `scale`, `create-instance`, … */
  readonly action: string;
  /** Why, in a person's words. */
  readonly cause: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** One link of a deployment's chain: `hash = sha256(previousHash + canonical JSON of the rest)`. */
export interface AuditRecord extends NewAudit {
  readonly deploymentId: DeploymentId;
  /** 1, 2, 3, … without gaps. */
  readonly sequence: number;
  readonly at: EpochMs;
  readonly previousHash: string;
  readonly hash: string;
}

/** One row of `scaling_events`. */
export interface ScalingEventRecord {
  readonly deploymentId: DeploymentId;
  readonly tenant: TenantId;
  readonly agentId: string;
  readonly action: 'scale_up' | 'scale_down';
  readonly fromInstances: number;
  readonly toInstances: number;
  readonly reason: string;
  readonly createdAt: EpochMs;
}

/** A billable fact that an agent reported. `id` makes it count once. */
export interface UsageEvent {
  readonly id: string;
  readonly tenant: TenantId;
  readonly agentId: string;
  readonly action: string;
  readonly durationMs: number;
  readonly at: EpochMs;
}

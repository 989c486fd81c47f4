import type { DeploymentStatus, ParkDepth } from './deployment.js';
import type { NewEvent } from './events.js';
import type { HealthPolicy } from './health.js';
import type { InstanceName } from './ids.js';
import type { IncidentReason } from './incident.js';
import type { InstanceExit } from './instance.js';
import type { Template } from './template.js';

/** One call to the engine, with why. */
export type PlanAction =
  | {
      readonly kind: 'create';
      readonly name: InstanceName;
      readonly ordinal: number;
      readonly attempt: number;
      readonly hash: string;
      readonly template: Template;
      readonly health: HealthPolicy;
      readonly cause: string;
    }
  | {
      readonly kind: 'remove';
      readonly name: InstanceName;
      readonly purge: boolean;
      readonly graceMs: number;
      readonly cause: string;
    }
  | { readonly kind: 'park'; readonly name: InstanceName; readonly depth: ParkDepth; readonly cause: string }
  | { readonly kind: 'unpark'; readonly name: InstanceName; readonly cause: string };

/** An end that the plan found and that has to become an incident. */
export interface PlannedIncident {
  readonly instance: InstanceName;
  readonly reason: IncidentReason;
  readonly message: string;
  readonly exit: InstanceExit | undefined;
}

/** What the reconciler has to do for one deployment. Committed (status, events) before any action is carried out. */
export interface Plan {
  readonly actions: readonly PlanAction[];
  /** The status to write; equal to the old one when nothing changed. */
  readonly status: DeploymentStatus;
  readonly events: readonly NewEvent[];
  readonly incidents: readonly PlannedIncident[];
  /** Names of the instances that traffic may reach. */
  readonly routable: readonly InstanceName[];
  /** The orchestrator's autoscaler chose another number of instances. */
  readonly scaled?: { readonly from: number; readonly to: number; readonly cause: string } | undefined;
  /** True once a deletion is complete on the engine: the record may go. */
  readonly drop: boolean;
  /** Look again after this many ms even if nothing is reported; undefined: not needed. */
  readonly lookAgainMs: number | undefined;
}

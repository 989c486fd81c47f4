import type { DeploymentId, EngineId, HostId, InstanceName, OwnerId, TenantId } from './ids.js';

/**
 * What a comparison of store and engine can find.
 *
 * Of a deployment: `missing` an instance is wanted and not there · `half-made` made, not started · `ended` it has
 * ended · `unhealthy` its last health checks failed · `outdated` another version or restart is wanted · `surplus` one
 * too many · `not-parked`, `still-parked` running or parked against the wish · `deleting` on its way out with its
 * deployment · `leaving` the engine is removing it · `waiting` the next attempt is not due yet · `not-seen` no host has
 * acted on the latest wish · `failing` told as failed or degraded · `unsettled` not ready yet, and nothing to do but
 * wait · `in-motion` it changed during the look.
 *
 * Beside them: `leftover` an instance of a deleted deployment · `unknown` of a deployment that the store never heard of
 * · `not-ours` of another installation · `stray-address` a port record without a deployment · `shared-port` two
 * deployments with one port · `no-host` nobody works on this store.
 */
export type FindingKind =
  | 'missing'
  | 'half-made'
  | 'ended'
  | 'unhealthy'
  | 'outdated'
  | 'surplus'
  | 'not-parked'
  | 'still-parked'
  | 'deleting'
  | 'leaving'
  | 'waiting'
  | 'not-seen'
  | 'failing'
  | 'unsettled'
  | 'in-motion'
  | 'leftover'
  | 'unknown'
  | 'not-ours'
  | 'stray-address'
  | 'shared-port'
  | 'no-host';

/** One thing that store and engine tell differently, or that is worth knowing. */
export interface Finding {
  readonly kind: FindingKind;
  /** False: nothing is wrong, it only explains something. */
  readonly differs: boolean;
  readonly deploymentId?: DeploymentId | undefined;
  readonly tenant?: TenantId | undefined;
  readonly instance?: InstanceName | undefined;
  /** The live host to which this deployment falls. */
  readonly host?: HostId | undefined;
  /** Of `not-ours` only: whose it is. */
  readonly owner?: OwnerId | undefined;
  /** What is so, in a sentence for a person. */
  readonly message: string;
  /** What the hosts will do about it, in the words of the plan. */
  readonly willDo: string;
}

/** Something on the engine that carries our label and another owner. */
export interface ForeignInstance {
  readonly name: string;
  readonly owner: OwnerId;
}

/** All that one comparison found. */
export interface Diagnosis {
  readonly owner: OwnerId;
  readonly engine: EngineId;
  /** Hosts with a live lease, and how many deployments fall to each by the way hosts share the work out. */
  readonly hosts: readonly { readonly id: HostId; readonly deployments: number }[];
  /** Deployments in the store. */
  readonly deployments: number;
  /** Instances of ours on the engine. */
  readonly instances: number;
  /** Deployment by deployment in order of creation, then the rest. Empty: all is as it should be. */
  readonly findings: readonly Finding[];
}

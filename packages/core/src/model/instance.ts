import type { HealthStatus } from './health.js';
import type { DeploymentId, EngineId, EpochMs, InstanceName, OwnerId, TenantId } from './ids.js';
import type { Resources, TemplateSource, VolumeMount } from './template.js';

/** Everything a driver needs to make one instance. No defaults are left to fill in. */
export interface InstanceSpec {
  readonly kind: 'agent' | 'run';
  readonly name: InstanceName;
  readonly owner: OwnerId;
  readonly tenant: TenantId;
  readonly deploymentId: DeploymentId;
  readonly agentId: string;
  readonly ordinal: number;
  readonly attempt: number;
  readonly templateHash: string;
  readonly restartEpoch: number;
  readonly source: TemplateSource;
  readonly command: readonly string[] | undefined;
  /** Plain variables. The driver adds `PORT`, where the agent has to listen. */
  readonly env: Readonly<Record<string, string>>;
  /** Opened secrets: into the process and nowhere else (no label, list, log or error). */
  readonly secretEnv: Readonly<Record<string, string>>;
  readonly port: number;
  readonly resources: Resources;
  readonly user: string;
  readonly readOnlyRoot: boolean;
  readonly isolated: boolean;
  readonly egress: 'none' | 'internet';
  readonly volumes: readonly VolumeMount[];
  readonly graceMs: number;
}

/**
 * `creating` half made: not started yet (a create with the same spec finishes it) · `running` · `paused` memory kept ·
 * `stopped` ended on request and kept (park) · `exited` ended by itself or by others · `removing` on its way out.
 */
export type InstanceState = 'creating' | 'running' | 'paused' | 'stopped' | 'exited' | 'removing';

/** Where an instance answers, seen from the host. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Why an instance ended, as the engine tells it; what it cannot tell is undefined. */
export interface InstanceExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly oom: boolean;
  readonly at: EpochMs | undefined;
  /** The engine's own words, e.g. an image that has no such command. */
  readonly message: string | undefined;
}

/** One instance as the engine reports it. Plain data, never aliased. */
export interface ObservedInstance {
  readonly kind: 'agent' | 'run';
  readonly name: InstanceName;
  readonly tenant: TenantId;
  readonly deploymentId: DeploymentId;
  readonly ordinal: number;
  readonly attempt: number;
  readonly templateHash: string;
  readonly restartEpoch: number;
  readonly state: InstanceState;
  readonly endpoint: Endpoint | undefined;
  readonly createdAt: EpochMs | undefined;
  readonly startedAt: EpochMs | undefined;
  readonly exit: InstanceExit | undefined;
  /** The engine's own word, where it gives one; what the host's own probes say comes first. */
  readonly health?: HealthStatus | undefined;
}

/** What `list` found: the engine that answered, and everything of ours on it. */
export interface Observation {
  readonly engine: EngineId;
  readonly instances: readonly ObservedInstance[];
}

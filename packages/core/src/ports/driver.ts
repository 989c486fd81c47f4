import type { ParkDepth } from '../model/deployment.js';
import type { HealthPolicy } from '../model/health.js';
import type { DeploymentId, EngineId, EpochMs, InstanceName, OwnerId, TenantId } from '../model/ids.js';
import type { LogLine, UsageSample } from '../model/incident.js';
import type { InstanceSpec, Observation } from '../model/instance.js';
import type { ReplicaWish } from '../model/scaling.js';
import type { Template } from '../model/template.js';
import type { ObservedWorkload } from '../model/workload.js';

export type { ObservedWorkload } from '../model/workload.js';

/** What a driver's engine can do. Frozen data, constant for the driver's life, checked at `deploy()`. */
export interface DriverCapabilities {
  /** Walls between tenants that hold against hostile code; a manifest with `network.isolated` needs it. */
  readonly isolation: boolean;
  /** Kinds of template source that it runs. */
  readonly sources: readonly ('image' | 'build' | 'program')[];
  /** Limits that really hold on this engine. */
  readonly limits: { readonly cpu: boolean; readonly memory: boolean; readonly disk: boolean; readonly pids: boolean };
  /** Depths of parking; `pause` keeps memory. Empty: cannot park. */
  readonly park: readonly ParkDepth[];
  /** `egress: 'none'` can be enforced. */
  readonly egressControl: boolean;
  readonly volumes: boolean;
  readonly logs: boolean;
  readonly watch: boolean;
  /** Figures that `usage` can measure; empty: there is no `usage`. */
  readonly usage: readonly ('cpu' | 'memory' | 'disk' | 'network')[];
  readonly runs: boolean;
  /** Metrics by which the engine's own autoscaler keeps a range of instances. [none: it has no autoscaler] */
  readonly autoscale?: readonly ('cpu' | 'memory')[] | undefined;
}

/** Whose things: a driver sees and touches only what carries its label and this owner. */
export interface Scope {
  readonly owner: OwnerId;
}

/** Every call carries an abort signal; the guard in front gives it a deadline. */
export interface Call {
  readonly signal: AbortSignal;
  /** Progress of something long (pulling an image), for a person. */
  readonly onProgress?: ((message: string) => void) | undefined;
  /** Asked by the guard when the call's turn has come; false: it is `cancelled` and never made. Drivers need not look. */
  readonly mayBegin?: (() => boolean) | undefined;
}

export interface RemoveCall extends Call {
  readonly owner: OwnerId;
  /** Time between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Remove the deployment's volumes too, once nothing uses them. */
  readonly purge: boolean;
}

export interface ScopedCall extends Call {
  readonly owner: OwnerId;
}

export interface LogsCall extends ScopedCall {
  /** Go on until the instance ends or the signal aborts. */
  readonly follow: boolean;
  /** Only the last so many lines of what is there already; undefined: all. */
  readonly tail: number | undefined;
  /** Only lines at or after this, ms since 1970. */
  readonly since: number | undefined;
}

export type Unsubscribe = () => void;

/** One sandboxed execution. Runs are listed with `kind: 'run'` and kept until their outcome is committed. */
export interface SandboxJob {
  readonly spec: InstanceSpec;
  /** The engine or a sweeper ends it then; ms since 1970. */
  readonly deadline: number;
}

/**
 * One engine. A driver is dumb: it does not retry, has no defaults and no timers; what it throws is a `MoorageError`.
 * Every method may be called again with the same arguments at any time, by this process or by the next one.
 */
export interface DriverBase {
  readonly contract: 1;
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /**
   * The truth: the engine's identity and everything on it that carries our label and `scope.owner`, half-made and ended
   * ones included. Errors: `unavailable` when the engine does not answer or is another than before — never an empty
   * list —, `permission_denied`, `timeout`, `cancelled`.
   */
  list(scope: Scope, call: Call): Promise<Observation>;
  /** Frees what the driver holds in this process; agents go on. Idempotent; calls after it reject `cancelled`. */
  close(): Promise<void>;
  /**
   * Says which deployment to look at again. A hint: may be lost, invented, late. Reconnects by itself until
   * unsubscribed.
   */
  watch?(scope: Scope, hint: (deploymentId: DeploymentId) => void): Unsubscribe;
  /** Lines of one instance, oldest first. Errors: `not_found`, `unavailable`. */
  logs?(name: InstanceName, call: LogsCall): AsyncIterable<LogLine>;
  /**
   * One sample for each named instance that runs; what cannot be measured is `"unsupported"`. Unknown names are left
   * out.
   */
  usage?(names: readonly InstanceName[], call: ScopedCall): Promise<UsageSample[]>;
  /** Starts a run. Idempotent by name. */
  startRun?(job: SandboxJob, call: Call): Promise<void>;
}

/** Knows single instances. Replicas, roll-outs and back-off are the host's business. */
export interface ContainerDriver extends DriverBase {
  readonly level: 'container';
  /**
   * Makes and starts one instance; resolves when the engine has accepted the start. An instance of this very identity
   * (name, owner, hash) that is there already is finished if half made and else left as it is: no error. A thing of
   * that name which is not ours: `already_exists`. Errors: `invalid_argument` (image cannot be found or run: not
   * retryable), `unsupported`, `resource_exhausted` (disk full, no ports), `unavailable`, `timeout`, `cancelled`.
   */
  create(spec: InstanceSpec, call: Call): Promise<void>;
  /**
   * Asks for its end; absent or another owner's: resolves and touches nothing. Resolves = accepted; gone is confirmed
   * by `list`. Networks and volumes that nothing uses any more go with it.
   */
  remove(name: InstanceName, call: RemoveCall): Promise<void>;
  /** Suspends a running instance. Idempotent. Errors: `not_found`, `unsupported`. */
  park?(name: InstanceName, depth: ParkDepth, call: ScopedCall): Promise<void>;
  /**
   * Ends `park`: running again, from memory after `pause`, started anew after `stop`. Idempotent. Errors: `not_found`.
   */
  unpark?(name: InstanceName, call: ScopedCall): Promise<void>;
}

/** The wish for a whole deployment, for an engine that is an orchestrator itself. */
export interface Workload {
  readonly owner: OwnerId;
  readonly tenant: TenantId;
  readonly deploymentId: DeploymentId;
  readonly agentId: string;
  readonly generation: number;
  /** When this generation was wished for: after a backup has come back, two may have the same number. */
  readonly wishedAt?: EpochMs | undefined;
  readonly templateHash: string;
  readonly restartEpoch: number;
  readonly template: Template;
  readonly secretEnv: Readonly<Record<string, string>>;
  readonly health: HealthPolicy;
  readonly rolloutDeadlineMs: number;
  /** A range is given only to a driver with the capability `autoscale`. */
  readonly replicas: ReplicaWish;
}

/** What `describe` found. */
export interface WorkloadObservation {
  readonly engine: EngineId;
  readonly workloads: readonly ObservedWorkload[];
}

/** Is an orchestrator itself. Core states the wish; the cluster does the rest. */
export interface WorkloadDriver extends DriverBase {
  readonly level: 'workload';
  /**
   * Idempotent; writes nothing when nothing changed. Errors as `create`, `conflict` when another owner holds the name.
   */
  apply(workload: Workload, call: Call): Promise<void>;
  /** Asks for the end of it all, foreground; gone is confirmed by `describe`. Absent is fine. */
  deleteWorkload(deploymentId: DeploymentId, call: ScopedCall): Promise<void>;
  /** Errors as `list`. */
  describe(scope: Scope, call: Call): Promise<WorkloadObservation>;
}

export type Driver = ContainerDriver | WorkloadDriver;

import type { DeploymentPhase, DeploymentRecord, ParkDepth } from './model/deployment.js';
import type { AuditRecord, HostEvent, HostEventType, ScalingEventRecord, UsageEvent } from './model/events.js';
import type { HealthCheckRecord, HealthStatus } from './model/health.js';
import type { Incident, LogLine, UsageSample } from './model/incident.js';
import type { ObservedInstance } from './model/instance.js';
import type { Quota } from './model/quota.js';
import type { AgentTransport } from './ports/agent-transport.js';
import type { Clock } from './ports/clock.js';
import type { CrashPoints } from './ports/crash-points.js';
import type { Driver, DriverCapabilities } from './ports/driver.js';
import type { FrontDoor } from './ports/front-door.js';
import type { Logger } from './ports/logger.js';
import type { Random } from './ports/random.js';
import type { Secrets } from './ports/secrets.js';
import type { Page, PageRequest, Retention, Store } from './ports/store.js';

/** What `createHost` takes; every part has a default, and with none at all the host runs on memory. */
export interface HostOptions {
  /** [a memory driver] */
  readonly driver?: Driver | undefined;
  /** [a memory store] */
  readonly store?: Store | undefined;
  /** [direct: an address is the endpoint of a ready instance, and moves with it; `gateway()` makes it stable] */
  readonly frontDoor?: FrontDoor | undefined;
  /** [HTTP; the memory driver's own for the memory driver] */
  readonly transport?: AgentTransport | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** [a key that lives as long as this process, refused beside a store that outlives it] */
  readonly secrets?: Secrets | undefined;
  /** [silent] */
  readonly logger?: Logger | undefined;
  /**
   * Identity of this host process's lease holder. The same id again (a restart) takes its leases up at once; no two
   * live hosts may share one. [random]
   */
  readonly hostId?: string | undefined;
  /**
   * Host ports for stable addresses, inclusive. [{ from: 20000, to: 20999 }: below the range that systems hand out by
   * themselves]
   */
  readonly ports?: { readonly from: number; readonly to: number } | undefined;
  /** What each tenant may hold. [no limit] */
  readonly quota?: Quota | ((tenant: string) => Quota) | undefined;
  /** Time between two full looks at the engine. [10 000] */
  readonly resyncMs?: number | undefined;
  /** A host that is gone loses its work after this. [10 000] */
  readonly leaseMs?: number | undefined;
  /** [health checks 1 day, events and incidents 30 days, usage 400 days, idempotency keys 1 day] */
  readonly retention?: Retention | undefined;
  /** Longest time of one engine call. [30 000; creates 600 000, since an image may have to be pulled] */
  readonly callTimeoutMs?: number | undefined;
  /** Engine calls at once. [8] */
  readonly concurrency?: number | undefined;
  readonly crashPoints?: CrashPoints | undefined;
}

/**
 * Whose call it is. Without a tenant the caller is the operator and sees all; with one, another's things are
 * `not_found`.
 */
export interface Access {
  readonly tenant?: string | undefined;
  /** Who is written into the audit record. [`operator`, or the tenant] */
  readonly actor?: string | undefined;
}

export interface DeployOptions extends Access {
  readonly tenant: string;
  /** Unique among the tenant's live deployments. [the agent's id] */
  readonly name?: string | undefined;
  /** Not beside a `runtime.scaling` that the engine's own autoscaler keeps. [1, or `scaling.min`] */
  readonly replicas?: number | undefined;
  /**
   * The same key and the same request again give the same deployment; another request: `conflict`. At most 255
   * characters.
   */
  readonly idempotencyKey?: string | undefined;
}

export interface ReadyOptions {
  readonly signal?: AbortSignal | undefined;
  /** [300 000] then `timeout`, with the last known reason. The deployment goes on. */
  readonly timeoutMs?: number | undefined;
}

/** One deployment as seen now: the record, and what only the running host knows. */
export interface DeploymentView {
  readonly record: DeploymentRecord;
  readonly phase: DeploymentPhase;
  readonly reason: string;
  readonly health: HealthStatus;
  readonly responseTimeMs: number | undefined;
  readonly load: number | undefined;
  readonly lastError: string | undefined;
  /** The stable address, once the front door has opened it. */
  readonly url: string | undefined;
  readonly instances: readonly InstanceView[];
}

export interface InstanceView {
  readonly observed: ObservedInstance;
  readonly health: HealthStatus;
  readonly responseTimeMs: number | undefined;
  readonly load: number | undefined;
  readonly lastError: string | undefined;
  /** The last sample, at most a quarter of a minute old; undefined before the first, and where nothing is measured. */
  readonly usage: UsageSample | undefined;
}

/** A handle on one deployment. It holds no state of its own: every getter tells what the host knows now. */
export interface DeploymentHandle {
  readonly id: string;
  readonly tenant: string;
  readonly agentId: string;
  /** URL of the stable address. Throws `unavailable` before the front door has opened it. */
  readonly address: string;
  readonly health: HealthStatus;
  readonly phase: DeploymentPhase;
  view(): Promise<DeploymentView>;
  /**
   * Resolves when the wish of this moment is ready; rejects when it has failed (`unavailable`, with the incident's
   * words), was rolled back (`conflict`), or is gone (`not_found`). Where the engine itself gives the address, it is
   * asked there first, for 5 000 ms at most.
   */
  ready(options?: ReadyOptions): Promise<DeploymentHandle>;
  /** Resolves when a deletion is complete and nothing is left. */
  gone(options?: ReadyOptions): Promise<void>;
  /** A new manifest: a roll-out. An equal one changes nothing. */
  update(
    manifest: unknown,
    access?: Access,
  ): Promise<{ readonly deployment: DeploymentHandle; readonly warnings: readonly string[] }>;
  scale(
    instances: number,
    access?: Access & { readonly reason?: string | undefined },
  ): Promise<{ from: number; to: number }>;
  park(depth?: ParkDepth, access?: Access): Promise<void>;
  unpark(access?: Access): Promise<void>;
  /** Replaces every instance, one after the other. Also the way out of a crash loop: the back-off starts anew. */
  restart(access?: Access): Promise<void>;
  /** Returns at once; `gone()` waits. */
  remove(access?: Access): Promise<void>;
  logs(options?: LogsOptions): AsyncIterable<LogLine>;
  usage(options?: { readonly signal?: AbortSignal | undefined }): Promise<readonly UsageSample[]>;
  incidents(limit?: number): Promise<readonly Incident[]>;
  healthChecks(limit?: number): Promise<readonly HealthCheckRecord[]>;
  scalingEvents(limit?: number): Promise<readonly ScalingEventRecord[]>;
  audit(): Promise<readonly AuditRecord[]>;
  events(options?: EventsOptions): AsyncIterable<HostEvent>;
}

export interface LogsOptions {
  readonly follow?: boolean | undefined;
  readonly tail?: number | undefined;
  /** ms since 1970. */
  readonly since?: number | undefined;
  readonly instance?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EventsOptions {
  /** Cursor of the last event seen. [only what is to come] `"start"`: from the oldest kept. */
  readonly after?: string | undefined;
  /** End when there is nothing more to read now. [false] */
  readonly once?: boolean | undefined;
  readonly tenant?: string | undefined;
  readonly deploymentId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FindFilter extends Access {
  readonly agentId?: string | undefined;
  readonly name?: string | undefined;
}

/** The facade. Made by `createHost`. */
export interface Host extends AsyncDisposable {
  readonly driver: {
    readonly name: string;
    readonly level: 'container' | 'workload';
    readonly capabilities: DriverCapabilities;
  };
  readonly store: { readonly name: string };
  /** The installation's id. */
  readonly owner: string;
  /**
   * Validates, decides, commits the wish and returns; no engine call. The same tenant and name again with an equal
   * template: the deployment that is there. With another one: `already_exists`, naming `update`.
   * Errors: `invalid_argument`, `unsupported`, `resource_exhausted`, `already_exists`, `conflict`, `unavailable`.
   */
  deploy(
    manifest: unknown,
    options: DeployOptions,
  ): Promise<DeploymentHandle & { readonly created: boolean; readonly warnings: readonly string[] }>;
  /** Errors: `not_found`, also for another tenant's. */
  get(id: string, access?: Access): Promise<DeploymentHandle>;
  list(filter?: FindFilter, page?: PageRequest): Promise<Page<DeploymentView>>;
  /** Agents whose manifest declares the capability. */
  discover(capability: string, filter?: FindFilter): Promise<readonly DeploymentView[]>;
  events(options?: EventsOptions): AsyncIterable<HostEvent>;
  /**
   * Called for each event that this host commits or learns of; a listener that throws is logged and the others go on.
   */
  on(type: HostEventType | '*', listener: (event: HostEvent) => void): () => void;
  /** Where a reader begins that wants only what is to come. */
  latestCursor(): Promise<string>;
  trackUsage(events: readonly UsageEvent[]): Promise<void>;
  usageEvents(
    filter?: { readonly tenant?: string | undefined; readonly agentId?: string | undefined },
    page?: PageRequest,
  ): Promise<Page<UsageEvent>>;
  incidents(filter?: Access, limit?: number): Promise<readonly Incident[]>;
  /** Store and engine answer? What is wrong, in words. */
  check(): Promise<{ readonly live: boolean; readonly ready: boolean; readonly problems: readonly string[] }>;
  /** Counters and gauges by name, for `/metrics`. */
  metrics(): Readonly<Record<string, number>>;
  /** Stops working; agents go on, unless `remove`. Idempotent. */
  close(options?: { readonly remove?: boolean | undefined }): Promise<void>;
}

import type { AddressRecord, DeploymentRecord, DeploymentStatus, DesiredState } from '../model/deployment.js';
import type { AuditRecord, HostEvent, NewAudit, NewEvent, ScalingEventRecord, UsageEvent } from '../model/events.js';
import type { HealthCheckRecord } from '../model/health.js';
import type { DeploymentId, EngineId, EpochMs, HostId, OwnerId, TenantId } from '../model/ids.js';
import type { Incident } from '../model/incident.js';
import type { LiveFigures } from '../model/live-figures.js';
import type { Quota, QuotaUse } from '../model/quota.js';

export { shardCount } from '../model/shard-count.js';

/** Right to write status for one shard. The store refuses a lower token than the last one it gave (`conflict`). */
export interface Fence {
  readonly shard: number;
  readonly token: number;
  readonly holder: HostId;
}

/** One transaction: all of it, or nothing. */
export interface Commit {
  readonly deploymentId: DeploymentId;
  /** The revision read before, or `absent` for a new deployment. Another one in the store: `conflict`. */
  readonly expectedRevision: number | 'absent';
  /** Needed for `status` and `drop`; checked in the same transaction. */
  readonly fence?: Fence | undefined;
  readonly desired?: DesiredState | undefined;
  readonly status?: DeploymentStatus | undefined;
  /** New deployments: claims an address; the lowest free port of the range is taken inside the transaction. */
  readonly address?: AddressClaim | undefined;
  /**
   * The address moves to another port of the range, not one of `avoid`: another program holds the one it has, and
   * nobody was told of it yet. Needs `desired` and `fence`.
   */
  readonly movePort?:
    | { readonly ports: { readonly from: number; readonly to: number }; readonly avoid: readonly number[] }
    | undefined;
  /** Checked inside against the sum over the tenant's live deployments with this wish counted in. */
  readonly quota?: Quota | undefined;
  readonly events: readonly NewEvent[];
  readonly audit: readonly NewAudit[];
  readonly incidents?: readonly Incident[] | undefined;
  readonly scaling?: readonly ScalingEventRecord[] | undefined;
  /** The deletion is complete: the record, its address and its port go; events, audit and incidents stay. */
  readonly drop?: boolean | undefined;
  /** Kept for {@link Store.findIdempotent}; written with the rest. */
  readonly idempotency?: IdempotencyRecord | undefined;
}

export interface AddressClaim {
  readonly id: string;
  /** Inclusive; undefined: no port is needed. */
  readonly ports: { readonly from: number; readonly to: number } | undefined;
}

/** `key` is chosen by the caller and unique per tenant and operation; `fingerprint` is a hash of what was asked. */
export interface IdempotencyRecord {
  readonly tenant: TenantId;
  readonly key: string;
  readonly fingerprint: string;
  readonly deploymentId: DeploymentId;
  readonly createdAt: EpochMs;
}

export interface CommitResult {
  readonly revision: number;
  /** Absent after a drop. */
  readonly record: DeploymentRecord | undefined;
  /** As committed, with cursors, in order. */
  readonly events: readonly HostEvent[];
}

export interface DeploymentFilter {
  readonly tenant?: TenantId | undefined;
  readonly agentId?: string | undefined;
  readonly name?: string | undefined;
  readonly shards?: readonly number[] | undefined;
}

/** `after`: the opaque cursor of the page before. `limit`: at most 1 000, default 100. */
export interface PageRequest {
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

export interface EventQuery extends PageRequest {
  readonly deploymentId?: DeploymentId | undefined;
  readonly tenant?: TenantId | undefined;
}

/** Records older than this are pruned. */
export interface Retention {
  readonly healthChecksMs: number;
  readonly eventsMs: number;
  readonly incidentsMs: number;
  readonly usageMs: number;
  readonly idempotencyMs: number;
}

/**
 * Where the wish is kept. Calls after `close` reject `cancelled`; a store that cannot be reached rejects `unavailable`
 * and has then either done all of a call or nothing.
 */
export interface Store {
  readonly contract: 1;
  readonly name: string;
  /** The installation's id; made once, the same for every host on this store. */
  owner(): Promise<OwnerId>;
  /**
   * Errors: `conflict` (revision or fence), `already_exists` (name taken by a live deployment of the tenant; its id in
   * `context.deploymentId`), `resource_exhausted` (quota: `context` has limit, value, used, wanted; or no port free),
   * `not_found` (commit to an absent record), `unavailable`.
   */
  commit(commit: Commit): Promise<CommitResult>;
  read(id: DeploymentId): Promise<DeploymentRecord | undefined>;
  /** In order of creation. */
  list(filter: DeploymentFilter, page?: PageRequest): Promise<Page<DeploymentRecord>>;
  /**
   * Optional: the revision of each deployment of these shards, of one moment. Whoever knows most of the records reads
   * only those that have changed.
   */
  revisions?(shards: readonly number[]): Promise<ReadonlyMap<DeploymentId, number>>;
  quotaUse(tenant: TenantId): Promise<QuotaUse>;
  addresses(filter: {
    readonly tenant?: TenantId | undefined;
    readonly agentId?: string | undefined;
  }): Promise<readonly AddressRecord[]>;
  /** After `after`, oldest first. A cursor that retention has passed: `not_found`. */
  events(query: EventQuery): Promise<Page<HostEvent>>;
  /** Cursor of the newest event: where a reader that wants only what is to come begins. */
  latestCursor(): Promise<string>;
  /** Something was committed, here or by another host on this store. A hint. */
  watch(hint: (deploymentId: DeploymentId) => void): () => void;
  audit(id: DeploymentId): Promise<readonly AuditRecord[]>;
  incidents(
    filter: { readonly deploymentId?: DeploymentId | undefined; readonly tenant?: TenantId | undefined },
    limit: number,
  ): Promise<readonly Incident[]>;
  scalingEvents(id: DeploymentId, limit: number): Promise<readonly ScalingEventRecord[]>;
  addHealthChecks(records: readonly HealthCheckRecord[]): Promise<void>;
  /** Newest first. */
  healthChecks(id: DeploymentId, limit: number): Promise<readonly HealthCheckRecord[]>;
  /** The newest of each of these deployments, `limitEach` at most; newest first for each. */
  lastHealthChecks(ids: readonly DeploymentId[], limitEach: number): Promise<readonly HealthCheckRecord[]>;
  /** A repeated id is accepted and counted once. */
  addUsage(events: readonly UsageEvent[]): Promise<void>;
  usage(
    filter: { readonly tenant?: TenantId | undefined; readonly agentId?: string | undefined },
    page?: PageRequest,
  ): Promise<Page<UsageEvent>>;
  findIdempotent(tenant: TenantId, key: string): Promise<IdempotencyRecord | undefined>;
  /**
   * Takes or renews the leases on these shards for `ttlMs`; returns those that the holder has now. A shard that changes
   * hands gets a higher token. The store's own clock decides.
   *
   * `engine`: what the holder works on, once it knows. Hosts on one store share one engine: where a live host that came
   * earlier works on another one, nothing is taken. Error: `conflict`,
   * with `otherEngine` and `otherHost` in its context.
   */
  acquireLeases(
    holder: HostId,
    shards: readonly number[],
    ttlMs: number,
    engine?: EngineId | undefined,
  ): Promise<readonly Fence[]>;
  releaseLeases(holder: HostId): Promise<void>;
  /** Live holders: how the work is shared out. */
  holders(): Promise<readonly HostId[]>;
  /** Optional: keeps figures that only a running host knows, for readers with SQL. Unknown deployments are left out. */
  recordLive?(figures: readonly LiveFigures[]): Promise<void>;
  prune(retention: Retention): Promise<void>;
  close(): Promise<void>;
}

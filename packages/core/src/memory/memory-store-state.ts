import { formatCursor } from '../decide/cursor.js';
import type { DeploymentRecord } from '../model/deployment.js';
import type { AuditRecord, HostEvent, ScalingEventRecord, UsageEvent } from '../model/events.js';
import type { HealthCheckRecord } from '../model/health.js';
import type { DeploymentId, EngineId, HostId, OwnerId, TenantId } from '../model/ids.js';
import type { Incident } from '../model/incident.js';
import type { QuotaUse } from '../model/quota.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import { type IdempotencyRecord, shardCount } from '../ports/store.js';

/** How much of what would otherwise grow without end is kept; the oldest go first. */
export interface MemoryStoreLimits {
  readonly events: number;
  readonly healthChecksPerDeployment: number;
  readonly incidents: number;
  readonly usage: number;
}

export interface StoredDeployment {
  readonly sequence: number;
  readonly shard: number;
  record: DeploymentRecord;
}

export interface StoredLease {
  holder: HostId | undefined;
  token: number;
  expiresAt: number;
}

/** All that a memory store holds; shared by every handle on it. */
export interface MemoryStoreState {
  readonly clock: Clock;
  readonly limits: MemoryStoreLimits;
  readonly owner: OwnerId;
  /** In order of creation. */
  readonly deployments: Map<DeploymentId, StoredDeployment>;
  /** Ids that were dropped: they are never used again. */
  readonly dropped: Set<DeploymentId>;
  /** Live names: tenant and name, to the deployment. */
  readonly names: Map<string, DeploymentId>;
  readonly ports: Set<number>;
  readonly use: Map<TenantId, QuotaUse>;
  readonly audit: Map<DeploymentId, AuditRecord[]>;
  readonly events: EventLog;
  readonly scaling: Map<DeploymentId, ScalingEventRecord[]>;
  readonly health: Map<DeploymentId, HealthCheckRecord[]>;
  incidents: Incident[];
  usage: { readonly sequence: number; readonly event: UsageEvent }[];
  readonly usageIds: Set<string>;
  readonly idempotency: Map<string, IdempotencyRecord>;
  readonly leases: readonly StoredLease[];
  /** Hosts that asked for leases. */
  readonly hosts: Map<HostId, StoredHost>;
  readonly watchers: Set<(deploymentId: DeploymentId) => void>;
  deploymentSequence: number;
  usageSequence: number;
}

export interface StoredHost {
  /** Until then it counts as live. */
  readonly expiresAt: number;
  /** Which of two came earlier. */
  readonly joined: number;
  readonly engine: EngineId | undefined;
}

/** Events with positions without gaps, so that a cursor is an index. */
export interface EventLog {
  items: HostEvent[];
  /** Position of the newest event that was cut off; the first item has the next one. */
  pruned: number;
}

export function memoryStoreState(clock: Clock, random: Random, limits: MemoryStoreLimits): MemoryStoreState {
  return {
    clock,
    limits,
    owner: `o-${random.id(16)}`,
    deployments: new Map(),
    dropped: new Set(),
    names: new Map(),
    ports: new Set(),
    use: new Map(),
    audit: new Map(),
    events: { items: [], pruned: 0 },
    scaling: new Map(),
    health: new Map(),
    incidents: [],
    usage: [],
    usageIds: new Set(),
    idempotency: new Map(),
    leases: Array.from({ length: shardCount }, () => ({ holder: undefined, token: 0, expiresAt: 0 })),
    hosts: new Map(),
    watchers: new Set(),
    deploymentSequence: 0,
    usageSequence: 0,
  };
}

/** One key from two texts; no stored text has a zero character. */
export function pairKey(first: string, second: string): string {
  return `${first}\0${second}`;
}

export function latestPosition(log: EventLog): number {
  return log.pruned + log.items.length;
}

/** Cuts the oldest events off. */
export function cutEvents(log: EventLog, count: number): void {
  log.items = log.items.slice(count);
  log.pruned += count;
}

export function cursorAt(position: number): string {
  return formatCursor('event', position);
}

/** Appends to the list of a key. */
export function append<T>(lists: Map<string, T[]>, key: string, items: readonly T[]): T[] {
  const list = lists.get(key) ?? [];
  if (list.length === 0) lists.set(key, list);
  list.push(...items);
  return list;
}

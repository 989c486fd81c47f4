import type { ParkDepth } from '../model/deployment.js';
import type { DeploymentId, HostId, OwnerId } from '../model/ids.js';
import type { UsageSample } from '../model/incident.js';
import type { Quota } from '../model/quota.js';
import type { AgentTransport } from '../ports/agent-transport.js';
import type { Clock } from '../ports/clock.js';
import type { CrashPoint } from '../ports/crash-points.js';
import type { Driver } from '../ports/driver.js';
import type { FrontDoor } from '../ports/front-door.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { Secrets } from '../ports/secrets.js';
import type { Store } from '../ports/store.js';
import type { DeploymentCache } from './deployment-cache.js';
import type { EventFeed } from './event-feed.js';
import type { HealthMonitor } from './health-monitor.js';
import type { InFlight } from './in-flight.js';
import type { LocalStates } from './local-state.js';
import type { ShardLeases } from './shard-leases.js';

/** What the parts of one host share. Made once, by `createHost`. */
export interface HostContext<D extends Driver = Driver> {
  readonly driver: D;
  readonly store: Store;
  readonly frontDoor: FrontDoor;
  readonly transport: AgentTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly secrets: Secrets | undefined;
  readonly logger: Logger;
  readonly hostId: HostId;
  readonly owner: OwnerId;
  readonly ports: { readonly from: number; readonly to: number };
  /** Ports of the range that other programs were found to hold. */
  readonly takenPorts: Set<number>;
  readonly parkDepths: readonly ParkDepth[];
  readonly cache: DeploymentCache;
  readonly feed: EventFeed;
  readonly inFlight: InFlight;
  readonly leases: ShardLeases;
  readonly monitor: HealthMonitor;
  readonly local: LocalStates;
  /** For each shard the stamp of when this host got it: a look of before may be older than what another host did. */
  readonly gainedStamps: Map<number, number>;
  /** Wall time of this process's start plus monotonic time since: a jump of the wall clock does not move it (I9). */
  steadyNow(): number;
  quotaOf(tenant: string): Quota | undefined;
  enqueue(id: DeploymentId, tenant: string): void;
  enqueueAfter(id: DeploymentId, tenant: string, delayMs: number): void;
  /** The last usage samples of an instance, oldest first. */
  samplesOf(instance: string): readonly UsageSample[];
  /** Why usage is not measured just now; undefined: it is, or nothing can be. */
  usageProblem(): string | undefined;
  crash(point: CrashPoint, id: DeploymentId): Promise<void> | undefined;
}

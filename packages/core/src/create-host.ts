import { MoorageError } from '@moorage/protocol/base';
import { type CallCounts, createCallCounts } from './engine/call-counts.js';
import { createDeploymentCache } from './engine/deployment-cache.js';
import { directFrontDoor } from './engine/direct-front-door.js';
import { containerLoop, type EngineLoop, workloadLoop } from './engine/engine-loop.js';
import { createEventFeed } from './engine/event-feed.js';
import { guardDriver } from './engine/guard-driver.js';
import { createHealthMonitor } from './engine/health-monitor.js';
import { createHealthRecorder } from './engine/health-recorder.js';
import type { HostContext } from './engine/host-context.js';
import { startHostLoops } from './engine/host-loops.js';
import { httpTransport } from './engine/http-transport.js';
import { createInFlight } from './engine/in-flight.js';
import { letGoShards } from './engine/let-go.js';
import { createLocalStates } from './engine/local-state.js';
import { withoutEcho } from './engine/own-commits.js';
import { safeLogger } from './engine/safe-logger.js';
import { createShardLeases, type ShardLeases } from './engine/shard-leases.js';
import { systemClock } from './engine/system-clock.js';
import { systemRandom } from './engine/system-random.js';
import { createUsageSampler } from './engine/usage-sampler.js';
import { createWorkQueue, type WorkQueue } from './engine/work-queue.js';
import { createFacade } from './host.js';
import type { Host, HostOptions } from './host-types.js';
import { memoryDriver } from './memory/memory-driver.js';
import { memorySecrets } from './memory/memory-secrets.js';
import { memoryStore } from './memory/memory-store.js';
import { defaultEngineConcurrency } from './model/limits.js';
import type { AgentTransport } from './ports/agent-transport.js';
import type { Clock } from './ports/clock.js';
import type { ContainerDriver, Driver, WorkloadDriver } from './ports/driver.js';
import type { Retention } from './ports/store.js';

const dayMs = 86_400_000;
const defaultRetention: Retention = {
  healthChecksMs: dayMs,
  eventsMs: 30 * dayMs,
  incidentsMs: 30 * dayMs,
  usageMs: 400 * dayMs,
  idempotencyMs: dayMs,
};
const usageEveryMs = 15_000;
/** Deployments worked on at once; a turn waits for no engine call but the shared look. */
const turnsAtOnce = 32;

/**
 * Starts a host. It takes up what the store says is wanted: starting after a crash and starting at all are the same
 * path. The host owns what it is given: `close()` closes driver, store, front door and transport.
 * Errors: `invalid_argument` (a bad option), `unsupported` (a driver of another contract), `unavailable` (no store),
 * `conflict` (another host works with this store on another engine).
 *
 * @example
 * await using host = await createHost({ driver: dockerDriver(), store: await postgresStore({ url }) });
 */
export async function createHost(options: HostOptions = {}): Promise<Host> {
  const parts = withDefaults(options);
  const owner = await parts.store.owner();
  const from = await parts.store.latestCursor();
  const body: Body = {};
  const { context, queue, stop } = assemble(parts, owner, from, body);
  body.loop =
    context.driver.level === 'container'
      ? containerLoop(context as HostContext<ContainerDriver>)
      : workloadLoop(context as HostContext<WorkloadDriver>);
  body.loops = startHostLoops(context, body.loop, {
    resyncMs: options.resyncMs ?? 10_000,
    retention: options.retention ?? defaultRetention,
  });
  const { loop, loops } = body;
  try {
    await firstLook(loop, parts.clock);
    await context.leases.renew();
  } catch (thrown) {
    await stop(loops.close);
    throw thrown;
  }
  return createFacade({ context, loop, loops, queue, calls: parts.calls, shutDown: () => stop(loops.close) });
}

/** An engine that is away, or slow, is waited for by the loops. */
const firstLookMs = 2_000;

/** Before any work is taken: which engine this host works on, so that a wrong one is refused here. */
async function firstLook(loop: EngineLoop, clock: Clock): Promise<void> {
  let stopTimer = () => {};
  const tooLong = new Promise<void>((resolve) => {
    stopTimer = clock.setTimer(firstLookMs, resolve);
  });
  await Promise.race([loop.firstLook(), tooLong]);
  stopTimer();
}

/** What exists only after the parts that call back into it. */
interface Body {
  loop?: EngineLoop;
  loops?: ReturnType<typeof startHostLoops>;
  letGo?: (shards: readonly number[]) => void;
}

type Parts = ReturnType<typeof withDefaults>;

function withDefaults(options: HostOptions) {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const calls: CallCounts = createCallCounts();
  const raw: Driver = options.driver ?? memoryDriver({ clock, random });
  const callTimeoutMs = options.callTimeoutMs ?? 30_000;
  const store = options.store ?? memoryStore({ clock, random });
  return {
    clock,
    random,
    calls,
    store,
    logger: safeLogger(options.logger),
    ports: checkPorts(options.ports ?? { from: 20_000, to: 20_999 }),
    hostId: options.hostId ?? `h-${random.id(16)}`,
    leaseMs: options.leaseMs ?? 10_000,
    transport: options.transport ?? transportOf(raw) ?? httpTransport(),
    frontDoor: options.frontDoor ?? directFrontDoor(),
    secrets: options.secrets ?? (store.name === 'memory' ? memorySecrets() : undefined),
    quota: options.quota,
    crashPoints: options.crashPoints,
    driver: guardDriver(raw, {
      clock,
      callTimeoutMs,
      createTimeoutMs: Math.max(callTimeoutMs, 600_000),
      concurrency: options.concurrency ?? defaultEngineConcurrency,
      onCall: calls.note,
    }),
  };
}

function assemble(parts: Parts, owner: string, from: string, body: Body) {
  const { clock, random, logger, driver, frontDoor, quota, crashPoints } = parts;
  const store = withoutEcho(parts.store, clock);
  const cache = createDeploymentCache();
  const monitor = createHealthMonitor({ clock, transport: parts.transport, random, logger });
  const queue = createWorkQueue({
    clock,
    concurrency: turnsAtOnce,
    work: async (id, tenant) => body.loop?.reconcile(id, tenant),
  });
  const sampler = createUsageSampler({
    driver,
    clock,
    logger,
    owner,
    intervalMs: usageEveryMs,
    running: () => body.loop?.running() ?? [],
  });
  const recorder = createHealthRecorder({ store, clock, logger });
  const startedWall = clock.now();
  const startedMonotonic = clock.monotonic();
  const context: HostContext = {
    ...{ driver, store, frontDoor, clock, random, logger, owner, cache, monitor },
    transport: parts.transport,
    secrets: parts.secrets,
    hostId: parts.hostId,
    ports: parts.ports,
    takenPorts: new Set(),
    gainedStamps: new Map(),
    parkDepths: driver.capabilities.park,
    feed: createEventFeed({ store, clock, logger, from }),
    inFlight: createInFlight(),
    leases: leasesOf(parts, store, body),
    local: createLocalStates(),
    // Whole milliseconds: statuses are stored with it.
    steadyNow: () => Math.floor(startedWall + (clock.monotonic() - startedMonotonic)),
    quotaOf: (tenant) => (typeof quota === 'function' ? quota(tenant) : quota),
    enqueue: queue.add,
    enqueueAfter: queue.addAfter,
    samplesOf: sampler.samplesOf,
    usageProblem: sampler.problem,
    crash: (point, id) => crashPoints?.reach(point, id),
  };
  body.letGo = (shards) => letGoShards(context, shards);
  monitor.onCheck(recorder.add);
  const stopListening = listen(context, store, body);
  const stop = async (stopLoops: () => void) => {
    stopListening();
    stopLoops();
    sampler.close();
    context.feed.close();
    await shutDown(context, queue);
    await recorder.close();
    await context.leases.close();
    await frontDoor.close();
    await parts.transport.close();
    await parts.store.close();
  };
  return { context, queue, stop };
}

/** Calls under way are aborted, not waited for: the next look of whoever comes finds what they did. */
async function shutDown(context: HostContext, queue: WorkQueue): Promise<void> {
  await queue.close();
  context.inFlight.abortAll();
  await context.driver.close();
  await context.inFlight.idle();
  context.monitor.close();
}

function leasesOf(parts: Parts, store: HostContext['store'], body: Body): ShardLeases {
  const { clock, logger, hostId, leaseMs } = parts;
  return createShardLeases({
    ...{ store, clock, logger, hostId, leaseMs },
    onGained: (shards) => {
      body.loop?.gained(shards);
      body.loops
        ?.loadAll(shards)
        .catch((thrown) => logger.log('warn', 'New work could not be read', { error: String(thrown) }));
    },
    onLost: (shards) => body.letGo?.(shards),
  });
}

/** What wakes the work up: a change of health, and writes of other hosts. */
function listen(context: HostContext, store: ReturnType<typeof withoutEcho>, body: Body): () => void {
  const { cache, monitor, feed, leases } = context;
  const offHealth = monitor.onTransition(({ deploymentId, to }) => {
    const record = cache.get(deploymentId);
    // Nothing is replaced on the word of a probe alone: the engine has to answer, too (I5).
    if (to === 'unhealthy') body.loop?.needsLook(deploymentId);
    if (record) context.enqueue(deploymentId, record.desired.tenant);
    cache.changed(deploymentId);
  });
  const offStore = store.watchOthers((id) => {
    const known = cache.get(id);
    cache.forget(id);
    if (known || leases.fenceFor(id)) context.enqueue(id, known?.desired.tenant ?? '');
    cache.changed(id);
    feed.wake();
  });
  return () => {
    offHealth();
    offStore();
  };
}

/** A memory driver's agents answer to its own transport only. */
function transportOf(driver: Driver): AgentTransport | undefined {
  return 'transport' in driver ? (driver.transport as AgentTransport) : undefined;
}

function checkPorts(ports: { readonly from: number; readonly to: number }) {
  const { from, to } = ports;
  if (Number.isInteger(from) && Number.isInteger(to) && from >= 1 && to <= 65_535 && from <= to) return ports;
  throw new MoorageError(
    'invalid_argument',
    `Cannot use the ports ${from} to ${to}: give whole numbers from 1 to 65535, from <= to`,
    { operation: 'createHost', context: { field: 'ports', value: ports } },
  );
}

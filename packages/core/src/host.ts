import { MoorageError } from '@moorage/protocol/base';
import type { CallCounts } from './engine/call-counts.js';
import { createHandle, type HandleDeps } from './engine/deployment-handle.js';
import { viewOf, viewsOf } from './engine/deployment-view.js';
import { createDesiredStates } from './engine/desired-state.js';
import type { EngineLoop } from './engine/engine-loop.js';
import type { HostContext } from './engine/host-context.js';
import type { HostLoops } from './engine/host-loops.js';
import { startLiveRecorder } from './engine/live-recorder.js';
import type { WorkQueue } from './engine/work-queue.js';
import type { Access, DeploymentView, FindFilter, Host } from './host-types.js';
import type { DeploymentRecord } from './model/deployment.js';
import type { UsageEvent } from './model/events.js';
import { maxUsageEventsPerCall } from './model/limits.js';
import type { PageRequest } from './ports/store.js';

/** The parts that the facade stands in front of. */
export interface FacadeDeps {
  readonly context: HostContext;
  readonly loop: EngineLoop;
  readonly loops: HostLoops;
  readonly queue: WorkQueue;
  readonly calls: CallCounts;
  /** Ends everything but the agents. */
  shutDown(): Promise<void>;
}

/** The thin front of a host: every method hands over to the part that owns the matter. */
export function createFacade(deps: FacadeDeps): Host {
  const { context, loop } = deps;
  const { store, driver } = context;
  const desired = createDesiredStates(context);
  const view = (record: DeploymentRecord) => viewOf(context, record, loop.instancesOf(record.desired.id));
  const viewAll = (records: readonly DeploymentRecord[]) => viewsOf(context, records, loop);
  const handleDeps: HandleDeps = {
    context,
    desired,
    view,
    async viewNow(record) {
      const [found] = await viewAll([record]);
      return found ?? view(record);
    },
    engineAddress: loop.addressOf,
    async instanceNames(id) {
      await loop.firstLook();
      return loop.instancesOf(id).map((instance) => instance.name);
    },
  };
  const stopRecorder = startLiveRecorder(context, view);
  let closed: Promise<void> | undefined;
  const open = () => {
    if (closed) throw new MoorageError('cancelled', 'The host is closed', { operation: 'host' });
  };
  const list = async (filter: FindFilter = {}, page?: PageRequest) => {
    open();
    const { tenant, agentId, name } = filter;
    const found = await store.list({ tenant, agentId, name }, page);
    return { items: await viewAll(found.items.map((record) => newest(context, record))), next: found.next };
  };
  const host: Host = {
    driver: { name: driver.name, level: driver.level, capabilities: driver.capabilities },
    store: { name: store.name },
    owner: context.owner,
    async deploy(manifest, options) {
      open();
      const { record, created, warnings } = await desired.deploy(manifest, options);
      const handle = createHandle(handleDeps, record, options.tenant);
      return Object.assign(handle, { created, warnings });
    },
    async get(id, access: Access = {}) {
      open();
      const record = await desired.read(id, access);
      return createHandle(handleDeps, record, access.tenant);
    },
    list,
    discover: (capability, filter) => discover(list, capability, filter),
    events: (options) => context.feed.read(options),
    latestCursor: () => store.latestCursor(),
    on: (type, listener) => context.feed.on(type, listener),
    async trackUsage(events) {
      open();
      await trackUsage(context, events);
    },
    usageEvents: (filter = {}, page) => store.usage(filter, page),
    incidents: (filter: Access = {}, limit = 100) => store.incidents({ tenant: filter.tenant }, limit),
    check: () => check(deps),
    metrics: () => metrics(deps),
    close(options = {}) {
      stopRecorder();
      closed ??= close(deps, handleDeps, options.remove ?? false);
      return closed;
    },
    [Symbol.asyncDispose]: () => host.close(),
  };
  return host;
}

async function trackUsage(context: HostContext, events: readonly UsageEvent[]): Promise<void> {
  if (events.length > maxUsageEventsPerCall) {
    throw new MoorageError(
      'invalid_argument',
      `Cannot take ${events.length} usage events at once: at most ${maxUsageEventsPerCall}`,
      { operation: 'host.trackUsage', context: { field: 'events', limit: maxUsageEventsPerCall } },
    );
  }
  await context.store.addUsage(events);
}

/** The cache may be a commit ahead of a list that was on its way. */
function newest(context: HostContext, record: DeploymentRecord): DeploymentRecord {
  const cached = context.cache.get(record.desired.id);
  return cached && cached.revision > record.revision ? cached : record;
}

async function discover(
  list: Host['list'],
  capability: string,
  filter: FindFilter | undefined,
): Promise<readonly DeploymentView[]> {
  const found: DeploymentView[] = [];
  let after: string | undefined;
  do {
    const page = await list(filter, { after, limit: 1_000 });
    for (const item of page.items) {
      const { manifest, deletedAt } = item.record.desired;
      const words = (manifest.capabilities ?? []).map((word) => (typeof word === 'string' ? word : word.name));
      if (deletedAt === undefined && words.includes(capability)) found.push(item);
    }
    after = page.next;
  } while (after !== undefined);
  return found;
}

async function check(deps: FacadeDeps) {
  const { context, loop } = deps;
  const problems: string[] = [];
  try {
    await context.store.latestCursor();
  } catch (thrown) {
    problems.push(`The store does not answer: ${String(thrown)}`);
  }
  problems.push(...workProblems(deps, problems.length === 0));
  const ready = problems.length === 0;
  for (const id of loop.unknown()) problems.push(`The engine runs ${id}, which the store never heard of: left alone`);
  const unmeasured = context.usageProblem();
  if (unmeasured !== undefined) problems.push(`Usage is not measured: ${unmeasured}`);
  for (const { desired } of context.cache.all()) {
    const problem = context.local.peek(desired.id)?.problem;
    if (problem !== undefined) problems.push(`${desired.id}: ${problem}`);
  }
  return { live: true, ready, problems };
}

/** Why this host cannot work, where the store answers. */
function workProblems({ context, loops }: FacadeDeps, storeAnswers: boolean): string[] {
  const refusal = context.leases.refusal();
  if (refusal) return [refusal.message];
  const problems: string[] = [];
  const leases = context.leases.problem();
  // It may answer and take nothing: a server that is read-only, or whose disk is full.
  if (leases !== undefined && storeAnswers) problems.push(`The store takes nothing: ${leases}`);
  const engine = loops.engineProblem();
  if (engine !== undefined) problems.push(`The engine does not answer: ${engine}`);
  return problems;
}

function metrics(deps: FacadeDeps): Readonly<Record<string, number>> {
  const { context, queue, calls } = deps;
  const phases: Record<string, number> = {};
  for (const { status } of context.cache.all()) {
    const key = `deployments{phase="${status.phase}"}`;
    phases[key] = (phases[key] ?? 0) + 1;
  }
  const health = context.monitor.stats();
  return {
    ...phases,
    work_queue_size: queue.size(),
    engine_calls_in_flight: context.inFlight.size(),
    shards_held: context.leases.held().length,
    health_targets: health.targets,
    health_checks_total: health.checks,
    health_failures_total: health.failures,
    health_inconclusive_total: health.inconclusive,
    health_skipped_total: health.skipped,
    ...calls.all(),
  };
}

async function close(deps: FacadeDeps, handleDeps: HandleDeps, remove: boolean): Promise<void> {
  if (remove) await removeAll(handleDeps);
  await deps.shutDown();
}

/** Deletes every deployment and waits until nothing is left of any. */
async function removeAll(deps: HandleDeps): Promise<void> {
  const records: DeploymentRecord[] = [];
  let after: string | undefined;
  do {
    const page = await deps.context.store.list({}, { limit: 1_000, after });
    records.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  await Promise.all(
    records.map(async (record) => {
      const handle = createHandle(deps, record, undefined);
      await handle.remove({ actor: 'host' });
      await handle.gone();
    }),
  );
}

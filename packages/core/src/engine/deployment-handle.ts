import { MoorageError } from '@moorage/protocol/base';
import type { DeploymentHandle, DeploymentView, ReadyOptions } from '../host-types.js';
import type { DeploymentRecord } from '../model/deployment.js';
import type { Endpoint } from '../model/instance.js';
import { defaultReadyTimeoutMs } from '../model/limits.js';
import { awaitAddress } from './await-address.js';
import { urlOf } from './deployment-view.js';
import type { DesiredStates } from './desired-state.js';
import { readLogs } from './follow-logs.js';
import type { HostContext } from './host-context.js';
import { notFound } from './settle-commit.js';
import { waitUntil } from './wait-until.js';

/** What a handle needs of its host. */
export interface HandleDeps {
  readonly context: HostContext;
  readonly desired: DesiredStates;
  /** As this host knows it at once. */
  view(record: DeploymentRecord): DeploymentView;
  /** Also after a first look at the engine, and with what other hosts know. */
  viewNow(record: DeploymentRecord): Promise<DeploymentView>;
  /** The address that the engine itself has for it, where it has one. */
  engineAddress(id: string): Promise<Endpoint | undefined>;
  /** The names of its instances on the engine now. */
  instanceNames(id: string): Promise<readonly string[]>;
}

/** A handle on one deployment, bound to the tenant that asked for it. */
export function createHandle(deps: HandleDeps, record: DeploymentRecord, tenant: string | undefined): DeploymentHandle {
  const { context, desired } = deps;
  const { id, agentId } = record.desired;
  const { store } = context;
  const access = { tenant };
  const now = () => context.cache.get(id) ?? record;
  const handle: DeploymentHandle = {
    id,
    tenant: record.desired.tenant,
    agentId,
    get address() {
      const url = urlOf(context, now());
      if (url) return url;
      throw new MoorageError('unavailable', `The address of ${id} is not open yet: await ready()`, {
        context: { deploymentId: id },
      });
    },
    get health() {
      return deps.view(now()).health;
    },
    get phase() {
      return now().status.phase;
    },
    async view() {
      const found = await desired.read(id, access);
      return deps.viewNow(found);
    },
    async ready(options = {}) {
      await waitReady(deps, id, tenant, options);
      return handle;
    },
    gone: (options = {}) => waitGone(deps, id, options),
    async update(manifest, by) {
      const warnings = await desired.update(id, manifest, { ...access, ...by });
      return { deployment: handle, warnings };
    },
    scale: (instances, by) => desired.scale(id, instances, { ...access, ...by }),
    park: (depth, by) => desired.park(id, depth, { ...access, ...by }),
    unpark: (by) => desired.unpark(id, { ...access, ...by }),
    restart: (by) => desired.restart(id, { ...access, ...by }),
    remove: (by) => desired.remove(id, { ...access, ...by }),
    logs: (options = {}) => readLogs(context, id, () => deps.instanceNames(id), options),
    usage: (options = {}) => usageOf(deps, id, options.signal),
    incidents: (limit = 100) => store.incidents({ deploymentId: id }, limit),
    healthChecks: (limit = 100) => store.healthChecks(id, limit),
    scalingEvents: (limit = 100) => store.scalingEvents(id, limit),
    audit: () => store.audit(id),
    events: (options = {}) => context.feed.read({ ...options, deploymentId: id }),
  };
  return handle;
}

async function usageOf(deps: HandleDeps, id: string, signal: AbortSignal | undefined) {
  const { driver, owner } = deps.context;
  if (!driver.usage) {
    throw new MoorageError('unsupported', `The driver "${driver.name}" cannot measure usage`, {
      operation: 'deployment.usage',
    });
  }
  return driver.usage(await deps.instanceNames(id), { owner, signal: signal ?? new AbortController().signal });
}

/** The newest record: what this host works on itself is in its cache, the rest is read. */
async function current(context: HostContext, id: string): Promise<DeploymentRecord | undefined> {
  if (context.cache.isDropped(id)) return undefined;
  const cached = context.cache.get(id);
  if (cached && context.leases.fenceFor(id)) return cached;
  const record = await context.store.read(id);
  if (record) context.cache.put(record);
  return record;
}

async function waitReady(
  deps: HandleDeps,
  id: string,
  tenant: string | undefined,
  options: ReadyOptions,
): Promise<void> {
  const { context } = deps;
  const start = await deps.desired.read(id, { tenant });
  let last = start;
  const timeoutMs = options.timeoutMs ?? defaultReadyTimeoutMs;
  const deadline = context.clock.monotonic() + timeoutMs;
  await waitUntil({
    operation: 'deployment.ready',
    clock: context.clock,
    timeoutMs,
    signal: options.signal,
    onChange: (listener) => context.cache.onChange(id, listener),
    describe: () => context.local.peek(id)?.problem ?? last.status.reason,
    async check() {
      const record = await current(context, id);
      if (!record || record.desired.deletedAt !== undefined) throw notFound(id);
      last = record;
      return isReady(context, record, start.desired.generation) ? true : undefined;
    },
  });
  const endpoint = last.desired.replicas === 0 ? undefined : await deps.engineAddress(id);
  if (!endpoint) return;
  const limitMs = deadline - context.clock.monotonic();
  await awaitAddress(context, { endpoint, path: last.desired.template.healthPath, limitMs, signal: options.signal });
}

/** True when ready, false when it may still become so; throws when it will not. */
function isReady(context: HostContext, record: DeploymentRecord, generation: number): boolean {
  const { desired, status } = record;
  if (status.observedGeneration < Math.max(generation, desired.generation)) return false;
  const facts = { deploymentId: desired.id, phase: status.phase, reason: status.reason };
  if (status.failedHash === desired.templateHash) {
    throw new MoorageError('conflict', `${desired.id} was not rolled out. ${status.reason}`, {
      operation: 'deployment.ready',
      retryable: false,
      context: facts,
    });
  }
  if (status.phase === 'failed') {
    throw new MoorageError('unavailable', `${desired.id} has failed. ${status.reason}`, {
      operation: 'deployment.ready',
      context: facts,
    });
  }
  if (status.phase === 'parked') {
    throw new MoorageError('conflict', `${desired.id} is parked: unpark it first`, {
      operation: 'deployment.ready',
      retryable: false,
      context: facts,
    });
  }
  if (status.phase !== 'ready') return false;
  return desired.replicas === 0 || Boolean(urlOf(context, record));
}

async function waitGone(deps: HandleDeps, id: string, options: ReadyOptions): Promise<void> {
  const { context } = deps;
  let words = 'it is not being deleted';
  await waitUntil({
    operation: 'deployment.gone',
    clock: context.clock,
    timeoutMs: options.timeoutMs ?? defaultReadyTimeoutMs,
    signal: options.signal,
    onChange: (listener) => context.cache.onChange(id, listener),
    describe: () => context.local.peek(id)?.problem ?? words,
    async check() {
      const record = await current(context, id);
      words = record?.status.reason ?? words;
      return record ? undefined : true;
    },
  });
}

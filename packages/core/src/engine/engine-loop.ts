import { toMoorageError } from '@moorage/protocol/base';
import { shardOf } from '../decide/shard-of.js';
import type { DeploymentId } from '../model/ids.js';
import type { Endpoint, ObservedInstance } from '../model/instance.js';
import type { ContainerDriver, WorkloadDriver } from '../ports/driver.js';
import { isAtRest } from './at-rest.js';
import type { HostContext } from './host-context.js';
import { type InstanceIndex, indexInstances, noInstances } from './instance-index.js';
import { createObserver, type Observer } from './observer.js';
import { createOrphans, type Orphans } from './orphans.js';
import { createReconciler } from './reconciler.js';
import type { Reconcile } from './take-turns.js';
import { indexWorkloads, type WorkloadIndex } from './workload-index.js';
import { createWorkloadReconciler } from './workload-reconciler.js';

/** What differs between the two levels of driver, behind one shape. */
export interface EngineLoop {
  readonly reconcile: Reconcile;
  /** A new look at everything; rejects when the engine does not answer. */
  look(): Promise<void>;
  /** A look at everything if there was none yet; what the engine does not answer is not known. */
  firstLook(): Promise<void>;
  /** A look that begins from now on, only to know; what the engine does not answer is not known. */
  lookAgain(): Promise<void>;
  /** The next plan of this deployment needs a look that begins from now on. */
  needsLook(id: DeploymentId): void;
  /** The engine says that it has changed: so does a turn that begins from now on. */
  hinted(id: DeploymentId): void;
  /** This host has these shards from now on: what it looked at before says nothing about them. */
  gained(shards: readonly number[]): void;
  /** The last look shows nothing of this deployment that its last turn did not go by. */
  isAtRest(id: DeploymentId): boolean;
  /** Instances of a deployment at the last look. */
  instancesOf(id: DeploymentId): readonly ObservedInstance[];
  /** Where the engine itself spreads requests over a deployment's instances; undefined: nowhere. */
  addressOf(id: DeploymentId): Promise<Endpoint | undefined>;
  running(): readonly string[];
  /** Deployments on the engine that the store never heard of. */
  unknown(): readonly DeploymentId[];
}

export function containerLoop(context: HostContext<ContainerDriver>): EngineLoop {
  const { driver, owner } = context;
  // Nobody gives a look up: the guard's deadline ends it.
  const { signal } = new AbortController();
  const observer: Observer<InstanceIndex> = createObserver(async () => {
    const seen = await driver.list({ owner }, { signal });
    await context.leases.workOn(seen.engine);
    return indexInstances(seen, observer.latest()?.observation);
  });
  const orphans: Orphans = createOrphans(context);
  const all = () => observer.latest()?.observation.byDeployment ?? new Map<string, ObservedInstance[]>();
  return {
    reconcile: createReconciler(context, observer),
    async look() {
      const look = await observer.after(observer.stamp());
      await orphans.sweep(look.observation);
    },
    firstLook: () => firstLook(observer),
    lookAgain: () => lookAgain(observer),
    needsLook: (id) => needsLook(context, observer, id),
    hinted: (id) => hinted(context, observer, id),
    gained: (shards) => noteGained(context, observer, shards),
    isAtRest: (id) => isAtRest(context, id, all().get(id) ?? noInstances),
    instancesOf: (id) => all().get(id) ?? noInstances,
    addressOf: async () => undefined,
    running: () => [...all().values()].flatMap(runningNames),
    unknown: () => orphans.reported(),
  };
}

export function workloadLoop(context: HostContext<WorkloadDriver>): EngineLoop {
  const { driver, owner } = context;
  // Nobody gives a look up: the guard's deadline ends it.
  const { signal } = new AbortController();
  const observer: Observer<WorkloadIndex> = createObserver(async () => {
    const seen = await driver.describe({ owner }, { signal });
    await context.leases.workOn(seen.engine);
    return indexWorkloads(seen, observer.latest()?.observation);
  });
  const all = () => observer.latest()?.observation.workloads ?? [];
  const of = (id: DeploymentId) => observer.latest()?.observation.byDeployment.get(id);
  let unknown: readonly DeploymentId[] = [];
  return {
    reconcile: createWorkloadReconciler(context, observer),
    async look() {
      const { observation } = await observer.after(observer.stamp());
      unknown = await sweepWorkloads(
        context,
        observation.workloads.filter((one) => !one.deleting).map((one) => one.deploymentId),
      );
    },
    firstLook: () => firstLook(observer),
    lookAgain: () => lookAgain(observer),
    needsLook: (id) => needsLook(context, observer, id),
    hinted: (id) => hinted(context, observer, id),
    gained: (shards) => noteGained(context, observer, shards),
    isAtRest: (id) => isAtRest(context, id, of(id)),
    instancesOf: (id) => of(id)?.instances ?? [],
    async addressOf(id) {
      // Another host may have made it: what this one saw last is of before.
      if (of(id)?.address === undefined) await lookAgain(observer);
      return of(id)?.address;
    },
    running: () => all().flatMap((one) => runningNames(one.instances)),
    unknown: () => unknown,
  };
}

function runningNames(instances: readonly ObservedInstance[]): string[] {
  return instances.filter((one) => one.state === 'running').map((one) => one.name);
}

async function firstLook(observer: Observer<unknown>): Promise<void> {
  if (!observer.latest()) await observer.after(-1).catch(() => undefined);
}

async function lookAgain(observer: Observer<unknown>): Promise<void> {
  await observer.after(observer.stamp()).catch(() => undefined);
}

function noteGained(context: HostContext, observer: Observer<unknown>, shards: readonly number[]): void {
  const stamp = observer.stamp();
  for (const shard of shards) context.gainedStamps.set(shard, stamp);
}

function needsLook(context: HostContext, observer: Observer<unknown>, id: DeploymentId): void {
  context.local.of(id).actedStamp = observer.stamp();
}

function hinted(context: HostContext, observer: Observer<unknown>, id: DeploymentId): void {
  context.local.of(id).hintedStamp = observer.stamp();
}

/** As the orphans of single instances: collected when the store records the deletion, else reported and left alone. */
async function sweepWorkloads(
  context: HostContext<WorkloadDriver>,
  ids: readonly DeploymentId[],
): Promise<readonly DeploymentId[]> {
  const unknown: DeploymentId[] = [];
  for (const id of ids) {
    if (context.cache.get(id) || !context.leases.fenceFor(id)) continue;
    if (await context.store.read(id)) continue;
    const audit = await context.store.audit(id);
    if (audit.at(-1)?.action !== 'drop') {
      unknown.push(id);
      continue;
    }
    await context.driver
      .deleteWorkload(id, { owner: context.owner, signal: new AbortController().signal })
      .catch((thrown) => {
        const { message } = toMoorageError(thrown);
        context.logger.log('warn', `Cannot collect ${id}: ${message}`, { deployment: id, shard: shardOf(id) });
      });
  }
  return unknown;
}

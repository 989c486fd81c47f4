import { sameData } from '../../decide/same-data.js';
import type { MemoryInstance } from '../../memory/memory-instance.js';
import type { DeploymentRecord, DesiredState } from '../../model/deployment.js';
import type { ObservedWorkload } from '../../ports/driver.js';
import { badVersions } from './agents.js';
import type { Expectation, Wish } from './expectations.js';
import type { SimWorld } from './sim-world.js';

export interface Unsettled {
  readonly message: string;
  /**
   * It waits for a back-off (of ours, or of an orchestrator) or a roll-out's deadline: so it may take longer than three
   * resyncs.
   */
  readonly slow: boolean;
}

/** The history at one moment, with what its orchestrator tells then: asked for once, and not for each deployment. */
interface Sight {
  readonly world: SimWorld;
  readonly workloads: ReadonlyMap<string, ObservedWorkload>;
}

function lookAt(world: SimWorld): Sight {
  const workloads = world.level === 'workload' ? world.cluster.describe(world.store.inside.owner) : [];
  return { world, workloads: new Map(workloads.map((one) => [one.deploymentId, one])) };
}

/** What has to be so once the faults have stopped (I12): told as a list of what is not. */
export function findUnsettled(world: SimWorld): Unsettled[] {
  const problems: Unsettled[] = [];
  const { deployments, names } = world.store.inside;
  const sight = lookAt(world);
  const byId = new Map<string, MemoryInstance[]>();
  for (const one of world.ours()) {
    const list = byId.get(one.spec.deploymentId) ?? [];
    list.push(one);
    byId.set(one.spec.deploymentId, list);
  }
  for (const expected of world.expectations) {
    const id = names.get(`${expected.tenant}\0${expected.agent}`) ?? '';
    const record = deployments.get(id)?.record;
    const problem = record
      ? describeRecord(sight, expected, record, byId.get(id) ?? [])
      : expected.possible.some((wish) => wish.deleted)
        ? undefined
        : 'an acknowledged deployment is lost';
    if (problem)
      problems.push({
        message: `${expected.agent} (${id}): ${problem}`,
        slow: !!record && (world.level === 'workload' || isSlow(record)),
      });
  }
  for (const [id, { record }] of deployments) {
    if (record.desired.deletedAt !== undefined)
      problems.push({ message: `${id}: its deletion does not end`, slow: false });
  }
  for (const [id, list] of byId) {
    if (deployments.has(id) || world.store.inside.audit.get(id)?.at(-1)?.action !== 'drop') continue;
    problems.push({ message: `${id} is deleted, and ${list.length} instances of it are left`, slow: false });
  }
  return [...problems, ...findDoors(world), ...findLeases(world), ...findUnreported(world, byId)];
}

function isSlow({ status }: DeploymentRecord): boolean {
  const failing = status.slots.some((slot) => slot.failures > 0);
  return failing || status.rollout !== undefined || status.failedHash !== undefined;
}

function describeRecord(
  sight: Sight,
  expected: Expectation,
  record: DeploymentRecord,
  instances: readonly MemoryInstance[],
): string | undefined {
  const { desired, status } = record;
  const image = desired.template.source.kind === 'image' ? desired.template.source.image : '';
  const version = Number(image.split(':')[1]);
  const parked = desired.parked !== false;
  const are: Wish = { replicas: desired.replicas, version, parked, deleted: false, restarts: desired.restartEpoch };
  if (!expected.possible.some((wish) => sameData(wish, are))) {
    return `an acknowledged change is lost: it is ${JSON.stringify(are)}, and was asked to be ${JSON.stringify(expected.possible)}`;
  }
  if (status.observedGeneration !== desired.generation) {
    return `generation ${status.observedGeneration} is the last that was looked at, ${desired.generation} is wanted`;
  }
  const stated = sight.workloads.get(desired.id);
  if (stated && !parked && stated.wishedAt !== desired.updatedAt) {
    return `the orchestrator has a wish of ${stated.wishedAt}, and that of ${desired.updatedAt} is the last`;
  }
  const running = instances.filter((one) => one.state === 'running');
  if (parked) {
    return running.length === 0 && instances.length <= desired.replicas && status.phase === 'parked'
      ? undefined
      : `it is not parked: ${running.length} run, ${instances.length} in all, phase ${status.phase}`;
  }
  if (desired.replicas === 0) {
    return instances.length === 0 && (status.phase === 'ready' || status.phase === 'degraded')
      ? undefined
      : `${instances.length} instances, phase ${status.phase}, scaled to 0`;
  }
  return badVersions.has(version)
    ? describeBad(sight, record, instances)
    : describeGood(sight, record, running, instances.length);
}

/** How many of it have to be there: what the autoscaler wants, where a range leaves it to one. */
function instancesWanted({ workloads }: Sight, { id, scaling, replicas }: DesiredState): number {
  if (!scaling) return replicas;
  const wanted = workloads.get(id)?.wanted ?? scaling.min;
  return Math.min(Math.max(wanted, scaling.min), scaling.max);
}

/** A bad version is rolled back to the last one that was ready; with none before it fails, within the limits. */
function describeBad(
  sight: Sight,
  { desired, status }: DeploymentRecord,
  instances: readonly MemoryInstance[],
): string | undefined {
  const { lastReady } = status;
  if (!lastReady || lastReady.hash === desired.templateHash || isTakenForComplete(sight, desired)) {
    return instances.length <= desired.replicas + 1 && status.phase !== 'ready'
      ? undefined
      : `${instances.length} instances for ${desired.replicas} of a version that never serves, phase ${status.phase}`;
  }
  const back = instances.filter((one) => one.state === 'running' && one.spec.templateHash === lastReady.hash);
  return back.length === desired.replicas && instances.length === desired.replicas && status.phase === 'degraded'
    ? undefined
    : `${back.length} of ${desired.replicas} run in the version before the bad one, ${instances.length} in all, phase ${status.phase}: ${status.reason}`;
}

/** An orchestrator calls a roll-out at 0 replicas complete; one that is scaled up later is judged by nobody. */
function isTakenForComplete({ workloads }: Sight, { id, templateHash }: DesiredState): boolean {
  const found = workloads.get(id);
  return found?.templateHash === templateHash && found.rollout !== 'failed';
}

function describeGood(
  sight: Sight,
  { desired, status }: DeploymentRecord,
  running: readonly MemoryInstance[],
  all: number,
): string | undefined {
  // A fault may have spoilt a roll-out: then the last ready version has to be back.
  const spoilt = status.failedHash === desired.templateHash && status.lastReady !== undefined;
  const hash = spoilt ? status.lastReady?.hash : desired.templateHash;
  const right = running.filter(
    ({ spec }) =>
      spec.templateHash === hash && spec.restartEpoch === desired.restartEpoch && !sight.world.sick.has(spec.name),
  ).length;
  const phase = spoilt && hash !== desired.templateHash ? 'degraded' : 'ready';
  const wanted = instancesWanted(sight, desired);
  const told = desired.scaling ? status.wantedInstances : wanted;
  return right === wanted && all === wanted && told === wanted && status.phase === phase
    ? undefined
    : `${right} of ${wanted} run in the right version since the last restart, ${all} in all, phase ${status.phase}: ${status.reason}`;
}

/** I8: what a front door holds belongs to a live record, and each address is open at one host. */
function findDoors(world: SimWorld): Unsettled[] {
  const problems: Unsettled[] = [];
  const live = new Map<number, string>();
  for (const [id, { record }] of world.store.inside.deployments) {
    const { port, id: address } = record.address;
    if (port !== undefined) live.set(port, id);
    if (record.desired.deletedAt !== undefined) continue;
    const open = world.hosts.filter(({ door }) => door.url(address) !== undefined);
    const where = open.map(({ life }) => life.name).join(' and ') || 'no host';
    const url = open[0]?.door.url(address);
    if (open.length !== 1) problems.push({ message: `the address of ${id} is open at ${where}`, slow: false });
    else if (record.status.url !== url)
      problems.push({ message: `${url} of ${id} is told by other hosts as ${record.status.url}`, slow: false });
  }
  for (const { door, life } of world.hosts) {
    for (const port of door.ports()) {
      if (!live.has(port)) problems.push({ message: `port ${port} at ${life.name} belongs to no record`, slow: false });
    }
  }
  return problems;
}

/** Every shard is at a host that is up, and none of them is without work. */
function findLeases({ store, clock, hosts }: SimWorld): Unsettled[] {
  const now = clock.monotonic();
  const shards = new Map(hosts.map(({ life }) => [life.name, 0]));
  const problems: Unsettled[] = [];
  for (const [shard, { holder, expiresAt }] of store.inside.leases.entries()) {
    const held = holder === undefined || expiresAt <= now ? undefined : shards.get(holder);
    if (holder === undefined || held === undefined)
      problems.push({ message: `shard ${shard} is at no host`, slow: false });
    else shards.set(holder, held + 1);
  }
  for (const [name, held] of shards) if (held === 0) problems.push({ message: `${name} has no share`, slow: false });
  return problems;
}

/** I2: what the store never heard of is there still, and told; only the hosts themselves know the latter. */
function findUnreported(world: SimWorld, byId: ReadonlyMap<string, readonly MemoryInstance[]>): Unsettled[] {
  const unknown = [...byId.keys()].filter(
    (id) => !world.store.inside.deployments.has(id) && world.store.inside.audit.get(id)?.at(-1)?.action !== 'drop',
  );
  const told = new Set(world.hosts.flatMap(({ reported }) => [...reported]));
  return unknown
    .filter((id) => !told.has(id))
    .map((id) => ({ message: `${id} is on the engine, the store never heard of it, and no host tells`, slow: false }));
}

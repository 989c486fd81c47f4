import { quotaUseOf } from '../../decide/quota-use-of.js';
import type { MemoryInstance } from '../../memory/memory-instance.js';
import type { MemoryVolume } from '../../memory/memory-world.js';
import type { AddressRecord } from '../../model/deployment.js';
import { quotaOf } from './agents.js';
import type { SimWorld } from './sim-world.js';
import type { Wishes } from './wishes.js';

/**
 * Checks every promise that shows in what is there at one moment; what has to be remembered between two looks is kept
 * here.
 */
export interface Invariants {
  check(): void;
  /** A backup has come back: names and generations of before count no more. */
  forget(): void;
}

export function createInvariants(world: SimWorld, wishes: Wishes): Invariants {
  const seenNames = new Set<string>();
  let present = new Set<string>();
  let counts: ReadonlyMap<string, number> = new Map();
  const generations = new Map<string, number>();
  const volumes = new Map<string, MemoryVolume>();
  const addresses = new Map<string, AddressRecord>();
  return {
    check() {
      const instances = world.ours();
      if (world.level === 'container') present = checkNames(world, instances, { seen: seenNames, present });
      counts = checkCounts(world, wishes, instances, counts);
      checkForeign(world);
      checkRecords(world, generations);
      checkAddresses(world, addresses);
      checkVolumes(world, volumes);
      checkRoutes(world);
    },
    forget() {
      seenNames.clear();
      // What is there may be older than the attempts that the restored store knows of: those names may come again.
      present = new Set();
      for (const { spec } of world.ours()) world.mayReturn.add(spec.name);
      generations.clear();
      volumes.clear();
      addresses.clear();
    },
  };
}

/** I6: one identity is made once. */
function checkNames(
  world: SimWorld,
  instances: readonly MemoryInstance[],
  names: { readonly seen: Set<string>; readonly present: ReadonlySet<string> },
): Set<string> {
  const { seen, present } = names;
  const now = new Set<string>();
  for (const { spec } of instances) {
    const { name } = spec;
    now.add(name);
    if (present.has(name)) continue;
    if (seen.has(name) && !world.mayReturn.has(name)) world.report('I6', `${name} was made a second time`);
    seen.add(name);
  }
  return now;
}

/**
 * I1: never above desired + surge, and what is allowed for by name. What is there since a larger wish may stay for as
 * long as nobody could act; so only a number that has grown is judged.
 */
function checkCounts(
  world: SimWorld,
  wishes: Wishes,
  instances: readonly MemoryInstance[],
  before: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const alive = new Map<string, number>();
  for (const { spec, state } of instances) {
    if (state === 'exited' || state === 'removing') continue;
    alive.set(spec.deploymentId, (alive.get(spec.deploymentId) ?? 0) + 1);
  }
  for (const [id, count] of alive) {
    if (!world.store.inside.deployments.has(id)) continue;
    if (count <= (before.get(id) ?? 0)) continue;
    if (count <= wishes.mostReplicas(id) + 1) continue;
    const limit = Math.max(wishes.mostReplicas(id), statedWish(world, id)) + 1;
    if (count <= limit + world.slack.of(id)) continue;
    world.report('I1', `${id} has ${count} instances, at most ${limit + world.slack.of(id)} may be there`);
  }
  return alive;
}

/** An orchestrator keeps to the wish that it was told last; whether it was the right one is judged at the call. */
function statedWish({ level, cluster, store }: SimWorld, id: string): number {
  if (level === 'container') return 0;
  return cluster.describe(store.inside.owner).find((one) => one.deploymentId === id)?.wanted ?? 0;
}

/** I3: what is of others is there as it was; I5: nothing is made on an engine that is not ours. */
function checkForeign(world: SimWorld): void {
  for (const name of world.foreign) {
    if (!world.home.instances.has(name)) world.report('I3', `${name}, of another owner, is gone`);
  }
  if (!world.bringBack) return;
  for (const name of world.engine.inside.world.instances.keys())
    world.report('I5', `${name} is made on another engine`);
}

/** I7: generations only rise; I8: a port belongs to one. */
function checkRecords(world: SimWorld, generations: Map<string, number>): void {
  const ports = new Map<number, string>();
  const instances = new Map<string, number>();
  for (const [id, { record }] of world.store.inside.deployments) {
    const { generation } = record.desired;
    const last = generations.get(id) ?? 0;
    if (generation < last) world.report('I7', `${id} went from generation ${last} to ${generation}`);
    if (record.status.observedGeneration > generation) world.report('I7', `${id} has seen a generation that never was`);
    generations.set(id, generation);
    const { tenant } = record.desired;
    instances.set(tenant, (instances.get(tenant) ?? 0) + quotaUseOf(record.desired).instances);
    const { port } = record.address;
    if (port === undefined) continue;
    const other = ports.get(port);
    if (other !== undefined) world.report('I8', `Port ${port} belongs to ${other} and ${id}`);
    ports.set(port, id);
  }
  for (const [tenant, count] of instances) {
    const most = quotaOf(tenant).instances ?? count;
    if (count > most) world.report('I8', `${tenant} has ${count} instances, and its quota is ${most}`);
  }
}

/** I8: whoever was told of an address finds its deployment there; until a host has looked at it nobody was. */
function checkAddresses({ store, report }: SimWorld, known: Map<string, AddressRecord>): void {
  for (const [id, { record }] of store.inside.deployments) {
    const is = record.address;
    const was = known.get(id);
    if (was && (was.id !== is.id || was.port !== is.port))
      report('I8', `The address of ${id} was ${was.id} at port ${was.port}, and is ${is.id} at port ${is.port}`);
    if (record.status.observedGeneration > 0) known.set(id, is);
  }
}

/** A call of before a backup came back may hang for so long. */
const longestGhostMs = 150_000;

/** I8: the state of a deployment that nobody deleted stays. */
function checkVolumes({ home, store, clock, restoredMs, report }: SimWorld, known: Map<string, MemoryVolume>): void {
  const { deployments } = store.inside;
  const isExempt = clock.monotonic() - restoredMs < longestGhostMs;
  for (const [key, volume] of known) {
    if (home.volumes.get(key) === volume) continue;
    known.delete(key);
    const record = deployments.get(volume.deploymentId)?.record;
    if (isExempt || !record || record.desired.deletedAt !== undefined) continue;
    report('I8', `The volume ${key} is lost, and its deployment is not deleted`);
  }
  for (const [key, volume] of home.volumes) known.set(key, volume);
}

/**
 * I10: only to its own instances, and only to those that were ready once. A host that was frozen, or cut off from the
 * store, goes on as before until it is told that another one has its shard: until then nobody can ask more of it than
 * that it keeps to its own. From then on it has to have let go.
 */
function checkRoutes(world: SimWorld): void {
  const { deployments, leases } = world.store.inside;
  for (const { record, shard } of deployments.values()) {
    const { id, tenant } = record.desired;
    for (const { door, life } of world.hosts) {
      const toldToken = life.fences.get(shard);
      const isUnaware = toldToken !== undefined && toldToken !== leases[shard]?.token;
      for (const { instance } of door.backends(record.address.id) ?? []) {
        const there = world.home.instances.get(instance);
        if (!there) continue;
        if (there.spec.deploymentId !== id || there.spec.tenant !== tenant) {
          world.report('I10', `${life.name} sends the traffic of ${id} to ${instance}`);
        } else if (!isUnaware && !wasEverReady(world, there)) {
          world.report('I10', `${life.name} sends traffic to ${instance}, which was never ready`);
        }
      }
    }
  }
}

/** Until a host that started on a backup has probed for itself, it goes by the health that the backup tells. */
const hearsayMs = 30_000;

function wasEverReady(
  { engine, clock, restoredMs, sick }: SimWorld,
  { spec, state, startedMs }: MemoryInstance,
): boolean {
  if (clock.monotonic() - restoredMs < hearsayMs) return true;
  if (sick.has(spec.name)) return true;
  if (state === 'creating') return false;
  const { healthyAfterMs, health } = engine.inside.behaviourOf(spec);
  if (health === 'fail' || health === 'hang') return false;
  return clock.monotonic() - startedMs >= healthyAfterMs;
}

import type { MemoryInstance } from '../../memory/memory-instance.js';
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
  const mayReturn = new Set<string>();
  let present = new Set<string>();
  let counts: ReadonlyMap<string, number> = new Map();
  const generations = new Map<string, number>();
  return {
    check() {
      const instances = world.ours();
      if (world.level === 'container') present = checkNames(world, instances, { seen: seenNames, present, mayReturn });
      counts = checkCounts(world, wishes, instances, counts);
      checkForeign(world);
      checkRecords(world, generations);
      checkRoutes(world);
    },
    forget() {
      seenNames.clear();
      // What is there may be older than the attempts that the restored store knows of: those names may come again.
      present = new Set();
      for (const { spec } of world.ours()) mayReturn.add(spec.name);
      generations.clear();
    },
  };
}

/** I6: one identity is made once. */
function checkNames(
  world: SimWorld,
  instances: readonly MemoryInstance[],
  names: { readonly seen: Set<string>; readonly present: ReadonlySet<string>; readonly mayReturn: ReadonlySet<string> },
): Set<string> {
  const { seen, present, mayReturn } = names;
  const now = new Set(instances.map(({ spec }) => spec.name));
  for (const name of now) {
    if (seen.has(name) && !present.has(name) && !mayReturn.has(name))
      world.report('I6', `${name} was made a second time`);
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
  for (const [id, { record }] of world.store.inside.deployments) {
    const { generation } = record.desired;
    const last = generations.get(id) ?? 0;
    if (generation < last) world.report('I7', `${id} went from generation ${last} to ${generation}`);
    if (record.status.observedGeneration > generation) world.report('I7', `${id} has seen a generation that never was`);
    generations.set(id, generation);
    const { port } = record.address;
    if (port === undefined) continue;
    const other = ports.get(port);
    if (other !== undefined) world.report('I8', `Port ${port} belongs to ${other} and ${id}`);
    ports.set(port, id);
  }
}

/** I10: only to its own instances, and only to those that were ready once. */
function checkRoutes(world: SimWorld): void {
  for (const { record } of world.store.inside.deployments.values()) {
    const { id, tenant } = record.desired;
    for (const { door, life } of world.hosts) {
      for (const { instance } of door.backends(record.address.id) ?? []) {
        const there = world.home.instances.get(instance);
        if (!there) continue;
        if (there.spec.deploymentId !== id || there.spec.tenant !== tenant) {
          world.report('I10', `${life.name} sends the traffic of ${id} to ${instance}`);
        } else if (!wasEverReady(world, there)) {
          world.report('I10', `${life.name} sends traffic to ${instance}, which was never ready`);
        }
      }
    }
  }
}

function wasEverReady({ engine, clock }: SimWorld, { spec, state, startedMs }: MemoryInstance): boolean {
  const { healthyAfterMs, health } = engine.inside.behaviourOf(spec);
  if (state === 'creating' || health === 'fail' || health === 'hang') return false;
  return clock.monotonic() - startedMs >= healthyAfterMs;
}

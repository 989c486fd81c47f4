import { verifyAuditChain } from '../../decide/audit-hash.js';
import { toObservedInstance } from '../../memory/memory-instance.js';
import type { ObservedInstance } from '../../model/instance.js';
import type { Expectation } from './expectations.js';
import { badVersions } from './operations.js';
import type { SimWorld } from './sim-world.js';

/** A broken promise, by the number that the design gives it. */
export interface Violation {
  readonly invariant: string;
  readonly message: string;
  /** Effects so far. */
  readonly effects: number;
  /** Virtual milliseconds so far. */
  readonly atMs: number;
}

/** So long may a wish of before still be seen on the engine: calls that hang are given up after it. */
const memoryMs = 60_000;

/** Checks every promise that has to hold at any moment. Holds what it has to remember between two looks. */
export interface Invariants {
  check(): Promise<void>;
  readonly violations: Violation[];
}

export function createInvariants(world: SimWorld): Invariants {
  const violations: Violation[] = [];
  const seenNames = new Set<string>();
  let present = new Set<string>();
  const generations = new Map<string, number>();
  const wanted = new Map<string, { at: number; replicas: number }[]>();
  const addresses = new Map<string, string>();
  const reader = world.store.open();

  const report = (invariant: string, message: string) => {
    violations.push({ invariant, message, effects: world.tally.effects, atMs: world.clock.monotonic() });
  };

  const checkNames = (instances: readonly ObservedInstance[]) => {
    const now = new Set(instances.map((one) => one.name));
    for (const name of now) {
      if (seenNames.has(name) && !present.has(name)) report('I6', `${name} was made a second time`);
      seenNames.add(name);
    }
    present = now;
  };

  const checkCounts = (instances: readonly ObservedInstance[]) => {
    const at = world.clock.monotonic();
    world.stale = world.stale.filter((one) => one.at > at - memoryMs);
    const alive = new Map<string, number>();
    for (const one of instances) {
      if (one.state === 'exited' || one.state === 'removing') continue;
      alive.set(one.deploymentId, (alive.get(one.deploymentId) ?? 0) + 1);
    }
    for (const [id, count] of alive) {
      const most = Math.max(0, ...(wanted.get(id) ?? []).map((one) => one.replicas));
      const limit = most + 1 + world.stale.length;
      if (count > limit) report('I1', `${id} has ${count} instances, at most ${limit} may be there`);
    }
  };

  const checkRecords = async () => {
    const at = world.clock.monotonic();
    let after: string | undefined;
    const ports = new Map<number, string>();
    do {
      const page = await reader.list({}, { limit: 1_000, after });
      for (const { desired, address } of page.items) {
        const last = generations.get(desired.id) ?? 0;
        if (desired.generation < last)
          report('I7', `${desired.id} went from generation ${last} to ${desired.generation}`);
        generations.set(desired.id, desired.generation);
        const history = (wanted.get(desired.id) ?? []).filter((one) => one.at > at - memoryMs);
        history.push({ at, replicas: desired.replicas });
        wanted.set(desired.id, history);
        addresses.set(address.id, desired.id);
        if (address.port === undefined) continue;
        const other = ports.get(address.port);
        if (other !== undefined) report('I8', `Port ${address.port} belongs to ${other} and ${desired.id}`);
        ports.set(address.port, desired.id);
      }
      after = page.next;
    } while (after !== undefined);
  };

  const checkRoutes = (instances: readonly ObservedInstance[]) => {
    const byName = new Map(instances.map((one) => [one.name, one]));
    for (const { door, life } of world.hosts) {
      for (const [addressId, deploymentId] of addresses) {
        for (const { instance } of door.backends(addressId) ?? []) {
          const there = byName.get(instance);
          if (there && there.deploymentId !== deploymentId) {
            report('I10', `${life.name} sends the traffic of ${deploymentId} to ${instance}`);
          }
        }
      }
    }
  };

  return {
    violations,
    async check() {
      const instances = instancesOf(world);
      checkNames(instances);
      await checkRecords();
      checkCounts(instances);
      checkRoutes(instances);
    },
  };
}

function instancesOf(world: SimWorld): ObservedInstance[] {
  return [...world.engine.inside.world.instances.values()].map(toObservedInstance);
}

/** What has to be so once the faults have stopped (I12): told as a list of what is not. */
export async function findUnsettled(world: SimWorld, expectations: readonly Expectation[]): Promise<string[]> {
  const problems: string[] = [];
  const reader = world.store.open();
  const byId = new Map<string, ObservedInstance[]>();
  for (const one of instancesOf(world)) {
    const list = byId.get(one.deploymentId) ?? [];
    list.push(one);
    byId.set(one.deploymentId, list);
  }
  const live = new Set<string>();
  for (const expected of expectations) {
    const { items } = await reader.list({ tenant: expected.tenant, name: expected.agent });
    const [record] = items;
    const there = record ? (byId.get(record.desired.id) ?? []) : [];
    if (record) live.add(record.desired.id);
    const problem = record
      ? describeRecord(expected, record, there)
      : expected.possible.some((wish) => wish.deleted)
        ? undefined
        : 'an acknowledged deployment is lost';
    if (problem) problems.push(`${expected.agent} (${record?.desired.id ?? 'gone'}): ${problem}`);
  }
  for (const [id, list] of byId) {
    if (!live.has(id)) problems.push(`${id}: ${list.length} instances of no live deployment are left`);
  }
  return problems;
}

type StoredRecord = Awaited<ReturnType<SimWorld['store']['list']>>['items'][number];

function describeRecord(
  expected: Expectation,
  { desired, status }: StoredRecord,
  instances: readonly ObservedInstance[],
): string | undefined {
  if (desired.deletedAt !== undefined) return 'its deletion does not end';
  const image = desired.template.source.kind === 'image' ? desired.template.source.image : '';
  const version = Number(image.split(':')[1]);
  const fits = expected.possible.some(
    (wish) =>
      !wish.deleted &&
      wish.replicas === desired.replicas &&
      wish.version === version &&
      wish.parked === (desired.parked !== false),
  );
  if (!fits)
    return `an acknowledged change is lost: ${JSON.stringify({ expected: expected.possible, replicas: desired.replicas, version, parked: desired.parked })}`;
  const running = instances.filter((one) => one.state === 'running');
  if (desired.parked !== false) {
    return running.length === 0 && instances.length <= desired.replicas && status.phase === 'parked'
      ? undefined
      : `it is not parked: ${running.length} run, ${instances.length} in all, phase ${status.phase}`;
  }
  if (badVersions.has(version)) {
    return instances.length <= desired.replicas + 1
      ? undefined
      : `${instances.length} instances for ${desired.replicas}`;
  }
  // A fault may have spoilt a roll-out: then the last ready version has to be back.
  const spoilt = status.failedHash === desired.templateHash && status.lastReady !== undefined;
  const hash = spoilt ? status.lastReady?.hash : desired.templateHash;
  const right = running.filter((one) => one.templateHash === hash).length;
  const phase = spoilt ? 'degraded' : 'ready';
  return right === desired.replicas && instances.length === desired.replicas && status.phase === phase
    ? undefined
    : `${right} of ${desired.replicas} run in the right version, ${instances.length} in all, phase ${status.phase}: ${status.reason}`;
}

/** Audit chains of every deployment that ever was (I11). */
export async function findBrokenChains(world: SimWorld, ids: Iterable<string>): Promise<string[]> {
  const broken: string[] = [];
  const reader = world.store.open();
  for (const id of ids) {
    const records = await reader.audit(id);
    const at = verifyAuditChain(records);
    if (at !== undefined) broken.push(`the audit chain of ${id} is broken at ${at}`);
  }
  return broken;
}

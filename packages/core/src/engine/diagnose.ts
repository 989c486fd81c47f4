import { diagnoseAddresses } from '../decide/diagnose-addresses.js';
import { diagnoseDeployment } from '../decide/diagnose-deployment.js';
import { diagnoseWorkload } from '../decide/diagnose-workload.js';
import { healthFromChecks } from '../decide/health-from-checks.js';
import { shardOf } from '../decide/shard-of.js';
import { shareOf } from '../decide/share-of.js';
import type { DeploymentRecord } from '../model/deployment.js';
import type { Diagnosis, Finding, ForeignInstance } from '../model/finding.js';
import type { DeploymentId, EpochMs, HostId } from '../model/ids.js';
import type { ObservedInstance } from '../model/instance.js';
import { maxPageSize } from '../model/limits.js';
import type { ContainerDriver, ObservedWorkload, WorkloadDriver } from '../ports/driver.js';
import type { Store } from '../ports/store.js';
import { indexInstances, instancesOf } from './instance-index.js';

/** The methods of a store that only read: all that {@link diagnose} calls. */
export type ReadableStore = Pick<
  Store,
  'owner' | 'read' | 'list' | 'audit' | 'addresses' | 'incidents' | 'healthChecks' | 'holders'
>;

/** The methods of a driver that only look. */
export type ReadableDriver =
  | Pick<ContainerDriver, 'level' | 'capabilities' | 'list'>
  | Pick<WorkloadDriver, 'level' | 'capabilities' | 'describe'>;

export interface DiagnoseOptions {
  readonly store: ReadableStore;
  readonly driver: ReadableDriver;
  /** Wall time, ms since 1970. */
  readonly now: EpochMs;
  /** Things on the engine that carry another owner, where the caller can tell: reported as not ours. */
  readonly foreign?: readonly ForeignInstance[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads of the store at once. */
const readsAtOnce = 8;

/**
 * Compares what is wanted with what the engine has, and tells what hosts will do about each difference. Calls reading
 * methods only and starts no host, so that it may be done beside live hosts at any time; what they change meanwhile is
 * told as `in-motion`. Health is taken from the stored checks, for nothing is probed.
 * Errors: those of `store.list` and of `driver.list` or `describe`; nothing is concluded from half a look.
 *
 * @example
 * const { findings } = await diagnose({ store, driver, now: Date.now() });
 * for (const { message, willDo } of findings) console.log(`${message} -> ${willDo}`);
 */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const { store, foreign = [] } = options;
  const owner = await store.owner();
  const before = await allRecords(store);
  const look = await lookAt(options, owner);
  const known = new Map(before.map((record) => [record.desired.id, record]));
  const hostOf = sharedOut(await store.holders());
  const ofDeployments = await inTurns(before, (record) => checkedFindings(options, look, record));
  const ofStrangers = await inTurns([...look.byDeployment.keys()], (id) =>
    known.has(id) ? [] : strangerFindings(store, id, instancesOf(look, id)),
  );
  const addresses = await store.addresses({});
  // Whatever was there at one time or the other is no stray: it came or went during this look.
  const live = new Set([...known.keys(), ...(await allRecords(store)).map(idOf)]);
  const findings = [
    ...ofDeployments.flat(),
    ...ofStrangers.flat(),
    ...diagnoseAddresses(addresses, live),
    ...foreign.map(foreignFinding),
    ...(hostOf.alive.length === 0 && before.length > 0 ? [noHost] : []),
  ];
  const hosts = hostOf.alive.map((id) => ({
    id,
    deployments: before.filter((record) => hostOf.find(idOf(record)) === id).length,
  }));
  return {
    owner,
    engine: look.engine,
    hosts,
    deployments: before.length,
    instances: [...look.byDeployment.values()].reduce((sum, instances) => sum + instances.length, 0),
    findings: findings.map((finding) => {
      const host = finding.deploymentId === undefined ? undefined : hostOf.find(finding.deploymentId);
      return host === undefined ? finding : { ...finding, host };
    }),
  };
}

const idOf = (record: DeploymentRecord) => record.desired.id;

interface EngineLook {
  readonly engine: string;
  readonly byDeployment: ReadonlyMap<DeploymentId, readonly ObservedInstance[]>;
  /** Of an orchestrator only. */
  readonly workloads: ReadonlyMap<DeploymentId, ObservedWorkload> | undefined;
}

async function lookAt({ driver, signal }: DiagnoseOptions, owner: string): Promise<EngineLook> {
  const call = { signal: signal ?? new AbortController().signal };
  if (driver.level === 'container') {
    return { ...indexInstances(await driver.list({ owner }, call)), workloads: undefined };
  }
  const { engine, workloads } = await driver.describe({ owner }, call);
  return {
    engine,
    byDeployment: new Map(workloads.map(({ deploymentId, instances }) => [deploymentId, instances])),
    workloads: new Map(workloads.map((workload) => [workload.deploymentId, workload])),
  };
}

async function allRecords(store: ReadableStore): Promise<readonly DeploymentRecord[]> {
  const records: DeploymentRecord[] = [];
  let after: string | undefined;
  do {
    const page = await store.list({}, { limit: maxPageSize, after });
    records.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return records;
}

/** Who works on what, by the way in which live hosts share the work out. */
function sharedOut(alive: readonly HostId[]) {
  const shares = alive.map((id) => ({ id, shards: shareOf(id, alive) }));
  const find = (id: DeploymentId) => shares.find(({ shards }) => shards.has(shardOf(id)))?.id;
  return { alive, find };
}

/** The findings of one deployment; a host that changed it since its record was read makes them worth nothing. */
async function checkedFindings(
  options: DiagnoseOptions,
  look: EngineLook,
  record: DeploymentRecord,
): Promise<readonly Finding[]> {
  const findings = await findingsOf(options, look, record);
  if (findings.length === 0) return findings;
  const { id, tenant } = record.desired;
  const later = await options.store.read(id);
  if (later?.revision === record.revision) return findings;
  const message = later ? `${id} was changed during this look` : `${id} was deleted to the end during this look`;
  return [{ kind: 'in-motion', differs: false, deploymentId: id, tenant, message, willDo: 'look again to know more' }];
}

async function findingsOf(options: DiagnoseOptions, look: EngineLook, record: DeploymentRecord) {
  const { store, driver, now } = options;
  const { id } = record.desired;
  const { phase } = record.status;
  const failing = phase === 'failed' || phase === 'degraded';
  const [lastIncident] = failing ? await store.incidents({ deploymentId: id }, 1) : [];
  if (look.workloads) return diagnoseWorkload({ record, observed: look.workloads.get(id), lastIncident, now });
  const instances = instancesOf(look, id);
  const limit = Math.min(maxPageSize, 4 * instances.length * (record.desired.health.failureThreshold + 1));
  const checks = instances.some((one) => one.state === 'running') ? await store.healthChecks(id, limit) : [];
  const health = healthFromChecks(record, instances, checks, now);
  const canPark = driver.capabilities.park.length > 0;
  return diagnoseDeployment({ record, instances, health, lastIncident, canPark, now });
}

/** Instances of a deployment that was not in the store when this look began. */
async function strangerFindings(
  store: ReadableStore,
  id: DeploymentId,
  instances: readonly ObservedInstance[],
): Promise<readonly Finding[]> {
  if (await store.read(id)) {
    const message = `${id} was made during this look`;
    return [{ kind: 'in-motion', differs: false, deploymentId: id, message, willDo: 'look again to know more' }];
  }
  const isDeleted = (await store.audit(id)).at(-1)?.action === 'drop';
  return instances.map(({ name, tenant }) => ({
    kind: isDeleted ? 'leftover' : 'unknown',
    differs: true,
    deploymentId: id,
    tenant,
    instance: name,
    message: isDeleted
      ? `${name} is left of ${id}, which is deleted`
      : `${name} is of ${id}, which the store never heard of`,
    willDo: isDeleted ? 'collect it' : 'report it, and leave it alone',
  }));
}

function foreignFinding({ name, owner }: ForeignInstance): Finding {
  const message = `${name} is not ours: it carries the owner ${owner}`;
  return { kind: 'not-ours', differs: false, instance: name, owner, message, willDo: 'never touch it' };
}

const noHost: Finding = {
  kind: 'no-host',
  differs: false,
  message: 'No host is alive on this store: agents go on as they are',
  willDo: 'nothing until a host starts',
};

/** Results in the order of the items, a few of them worked on at once. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => R | Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += readsAtOnce) {
    results.push(...(await Promise.all(items.slice(from, from + readsAtOnce).map(work))));
  }
  return results;
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { InstanceSpec, ObservedInstance } from '../model/instance.js';
import type {
  Call,
  ContainerDriver,
  Driver,
  LogsCall,
  RemoveCall,
  ScopedCall,
  Workload,
  WorkloadDriver,
} from '../ports/driver.js';
import { conformanceSpec, conformanceWorkload, identity, type SpecOptions } from './conformance-spec.js';
import type { DriverHarness, HarnessHook } from './driver-harness.js';
import { eventually } from './eventually.js';

/** What one case works with. All that it makes belongs to owners of its own. */
export interface ConformanceRig {
  readonly harness: DriverHarness;
  readonly driver: Driver;
  /** The driver at its level; fails at the other one. */
  readonly container: ContainerDriver;
  readonly workloads: WorkloadDriver;
  readonly owner: string;
  /** Another driver object on the same engine; closed at the end. */
  anotherDriver(): Promise<Driver>;
  anotherOwner(): string;
  newDeploymentId(): string;
  call(signal?: AbortSignal): Call;
  scoped(owner?: string): ScopedCall;
  removal(options?: Partial<RemoveCall>): RemoveCall;
  logsCall(options?: Partial<LogsCall>): LogsCall;
  spec(options?: SpecOptions): Promise<InstanceSpec>;
  workload(options?: SpecOptions & Partial<Workload>): Promise<Workload>;
  /** Makes one instance, at either level, and waits until it runs. */
  run(options?: SpecOptions): Promise<ObservedInstance>;
  /** As `run`, and until the agent in it answers. */
  serve(options?: SpecOptions): Promise<ObservedInstance>;
  list(owner?: string): Promise<readonly ObservedInstance[]>;
  find(name: string, owner?: string): Promise<ObservedInstance | undefined>;
  /** Waits until an instance is as it should be. */
  until(name: string, what: string, test: (found: ObservedInstance) => boolean): Promise<ObservedInstance>;
  untilGone(name: string, owner?: string): Promise<void>;
  eventually<T>(what: string, check: () => Promise<T | undefined | false>): Promise<T>;
  /** Waits for so many looks of `eventually`. */
  pass(looks: number): Promise<void>;
  /** Body of the agent's answer, which has to be 200. */
  get(instance: ObservedInstance, path: string): Promise<string>;
  /** The agent of this very deployment answers at the endpoint that the instance had when it was looked at. */
  answers(instance: ObservedInstance): Promise<boolean>;
  /**
   * The harness with this hook; undefined where `lacks` says why there is none. Fails when it is missing without a
   * word.
   */
  having<K extends HarnessHook>(name: K): (DriverHarness & Required<Pick<DriverHarness, K>>) | undefined;
  /** Asks for the end of everything, and waits until the engine has nothing of it any more. */
  dispose(): Promise<void>;
}

const letters = 'abcdefghijklmnopqrstuvwxyz234567';

/** Random, so that two runs on one engine never meet. */
export function randomName(length: number): string {
  return [...randomBytes(length)].map((byte) => letters[byte & 31]).join('');
}

export async function conformanceRig(harness: DriverHarness, level: Driver['level']): Promise<ConformanceRig> {
  const driver = await harness.makeDriver();
  const owners = [`conformance-${randomName(10)}`];
  const drivers = [driver];
  const owner = owners[0] as string;
  const waiting = { tick: harness.tick?.bind(harness) };
  assert.equal(driver.level, level, `the suite was told level "${level}"`);

  const rig: ConformanceRig = {
    harness,
    driver,
    owner,
    get container() {
      assert.ok(driver.level === 'container');
      return driver;
    },
    get workloads() {
      assert.ok(driver.level === 'workload');
      return driver;
    },
    async anotherDriver() {
      const another = await harness.makeDriver();
      drivers.push(another);
      return another;
    },
    anotherOwner() {
      const another = `conformance-${randomName(10)}`;
      owners.push(another);
      return another;
    },
    newDeploymentId: () => `d-${randomName(16)}`,
    ...callsOf(owner),
    spec: (options) => conformanceSpec(rig, options),
    workload: (options) => conformanceWorkload(rig, options),
    run: (options) => run(rig, options),
    serve: (options) => serve(rig, options),
    list: async (scope = owner) => (await driver.list({ owner: scope }, rig.call())).instances,
    find: async (name, scope) => (await rig.list(scope)).find((instance) => instance.name === name),
    until: (name, what, test) =>
      rig.eventually(`instance "${name}" ${what}`, async () => {
        const found = await rig.find(name);
        return found && test(found) && found;
      }),
    async untilGone(name, scope) {
      await rig.eventually(`instance "${name}" is gone`, async () => (await rig.find(name, scope)) === undefined);
    },
    eventually: (what, check) => eventually(what, check, waiting),
    pass: (looks) => pass(rig, looks),
    async get(instance, path) {
      assert.ok(instance.endpoint, `instance "${instance.name}" is ${instance.state} and has an endpoint`);
      const { status, body } = await harness.request(instance.endpoint, path);
      assert.equal(status, 200, `GET ${path} answers ${status}: ${body}`);
      return body;
    },
    answers: (instance) => answers(rig, instance),
    having: (name) => having(harness, name),
    dispose: () => dispose(rig, owners, drivers),
  };
  return rig;
}

function having<K extends HarnessHook>(
  harness: DriverHarness,
  name: K,
): (DriverHarness & Required<Pick<DriverHarness, K>>) | undefined {
  const isThere = (one: DriverHarness): one is DriverHarness & Required<Pick<DriverHarness, K>> =>
    one[name] !== undefined;
  if (isThere(harness)) return harness;
  assert.ok(harness.lacks?.[name], `the harness has no "${name}" and does not say why in "lacks"`);
  return undefined;
}

function callsOf(owner: string): Pick<ConformanceRig, 'call' | 'scoped' | 'removal' | 'logsCall'> {
  const call = (signal = AbortSignal.timeout(120_000)): Call => ({ signal });
  const scoped = (scope = owner): ScopedCall => ({ ...call(), owner: scope });
  return {
    call,
    scoped,
    removal: (options) => ({ ...scoped(), graceMs: 5_000, purge: true, ...options }),
    logsCall: (options) => ({ ...scoped(), follow: false, tail: undefined, since: undefined, ...options }),
  };
}

async function run(rig: ConformanceRig, options?: SpecOptions): Promise<ObservedInstance> {
  if (rig.driver.level === 'container') {
    const spec = await rig.spec(options);
    await rig.driver.create(spec, rig.call());
    return running(rig, spec.owner, ({ name }) => name === spec.name);
  }
  const workload = await rig.workload(options);
  await rig.driver.apply(workload, rig.call());
  return running(rig, workload.owner, ({ deploymentId }) => deploymentId === workload.deploymentId);
}

async function answers({ harness }: ConformanceRig, { endpoint, deploymentId }: ObservedInstance): Promise<boolean> {
  if (!endpoint) return false;
  return harness.request(endpoint, `/env?name=${identity}`).then(
    ({ status, body }) => status === 200 && body === JSON.stringify(deploymentId),
    () => false,
  );
}

async function pass(rig: ConformanceRig, looks: number): Promise<void> {
  let seen = 0;
  await rig.eventually(`${looks} looks`, async () => {
    seen += 1;
    return seen > looks;
  });
}

async function serve(rig: ConformanceRig, options?: SpecOptions): Promise<ObservedInstance> {
  const instance = await rig.run(options);
  await rig.eventually(`"${instance.name}" answers`, () => rig.answers(instance));
  return instance;
}

function running(
  rig: ConformanceRig,
  owner: string,
  test: (instance: ObservedInstance) => boolean,
): Promise<ObservedInstance> {
  return rig.eventually('the instance runs', async () =>
    (await rig.list(owner)).find((found) => test(found) && found.state === 'running' && found.endpoint !== undefined),
  );
}

async function dispose(rig: ConformanceRig, owners: readonly string[], drivers: readonly Driver[]): Promise<void> {
  // A case may have closed its driver.
  const cleaner = await rig.harness.makeDriver();
  try {
    for (const owner of owners) {
      await removeAll(rig, cleaner, owner);
      await rig.eventually(`nothing of owner "${owner}" is left`, async () => {
        const left = await rig.harness.leftovers(owner);
        if (left.length > 0) throw new Error(`Left on the engine: ${left.join(', ')}`);
        return true;
      });
    }
  } finally {
    for (const driver of [...drivers, cleaner]) await driver.close();
  }
}

async function removeAll(rig: ConformanceRig, cleaner: Driver, owner: string): Promise<void> {
  const call = { ...rig.removal({ graceMs: 0 }), owner };
  const end = async (): Promise<boolean> => {
    const { instances } = await cleaner.list({ owner }, call);
    if (cleaner.level === 'workload') {
      const { workloads } = await cleaner.describe({ owner }, call);
      const ids = new Set([...workloads, ...instances].map(({ deploymentId }) => deploymentId));
      for (const id of ids) await cleaner.deleteWorkload(id, call);
      return workloads.length + instances.length === 0;
    }
    await Promise.all(instances.map(({ name }) => cleaner.remove(name, call)));
    return instances.length === 0;
  };
  await rig.eventually(`everything of owner "${owner}" is removed`, end);
}

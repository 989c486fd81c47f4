import assert from 'node:assert/strict';
import type { ObservedWorkload, Workload } from '../ports/driver.js';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceSuite } from './conformance-suite.js';
import { expectError } from './expect-error.js';

/** `apply`, `deleteWorkload` and `describe`: a wish goes in, the cluster makes it true. */
export function workloadCases(suite: ConformanceSuite): void {
  suite.group('apply', () => applyCases(suite));
  suite.group('roll-out', () => rolloutCases(suite));
  suite.group('delete', () => deleteCases(suite));
}

const otherHash = 'fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210';

async function apply(rig: ConformanceRig, workload: Workload): Promise<Workload> {
  await rig.workloads.apply(workload, rig.call());
  return workload;
}

async function describeOne(rig: ConformanceRig, id: string, owner = rig.owner): Promise<ObservedWorkload | undefined> {
  const { workloads } = await rig.workloads.describe({ owner }, rig.call());
  return workloads.find(({ deploymentId }) => deploymentId === id);
}

function untilWorkload(
  rig: ConformanceRig,
  { deploymentId, owner }: Workload,
  what: string,
  test: (found: ObservedWorkload) => boolean,
): Promise<ObservedWorkload> {
  return rig.eventually(`workload "${deploymentId}" ${what}`, async () => {
    const found = await describeOne(rig, deploymentId, owner);
    return found && test(found) && found;
  });
}

function untilComplete(rig: ConformanceRig, workload: Workload): Promise<ObservedWorkload> {
  const { templateHash, restartEpoch, replicas } = workload;
  const wanted = 'fixed' in replicas ? replicas.fixed : replicas.min;
  return untilWorkload(
    rig,
    workload,
    'is complete',
    (found) =>
      found.rollout === 'complete' &&
      found.templateHash === templateHash &&
      found.restartEpoch === restartEpoch &&
      found.ready === wanted &&
      found.instances.length === wanted,
  );
}

function applyCases({ test }: ConformanceSuite): void {
  test('makes as many instances as are wished for, and tells them all', async (rig) => {
    const workload = await apply(
      rig,
      await rig.workload({ replicas: { fixed: 3 }, generation: 5, tenant: 'tenant-b' }),
    );
    const found = await untilComplete(rig, workload);
    assert.equal(found.wanted, 3);
    assert.equal(found.updated, 3);
    assert.equal(found.generation, 5);
    assert.equal(found.tenant, 'tenant-b');
    assert.equal(found.deleting, false);
    const names = found.instances.map(({ name }) => name).sort();
    assert.equal(new Set(names).size, 3);
    assert.deepEqual((await rig.list()).map(({ name }) => name).sort(), names);
    for (const instance of found.instances) assert.ok(await rig.answers(instance));
  });

  test('changes nothing when it is repeated, also by the next driver object', async (rig) => {
    const workload = await apply(rig, await rig.workload());
    const before = await untilComplete(rig, workload);
    await apply(rig, workload);
    const next = await rig.anotherDriver();
    assert.ok(next.level === 'workload');
    await next.apply(workload, rig.call());
    assert.deepEqual(await untilComplete(rig, workload), before);
  });

  test('scales up and down', async (rig) => {
    const workload = await apply(rig, await rig.workload({ replicas: { fixed: 1 } }));
    const [first] = (await untilComplete(rig, workload)).instances;
    const more = await apply(rig, { ...workload, generation: 2, replicas: { fixed: 3 } });
    const grown = await untilComplete(rig, more);
    assert.ok(
      grown.instances.some(({ name }) => name === first?.name),
      'the first one stays',
    );
    await untilComplete(rig, await apply(rig, { ...workload, generation: 3, replicas: { fixed: 1 } }));
  });

  test('parks at none and comes back', async (rig) => {
    const workload = await apply(rig, await rig.workload({ replicas: { fixed: 1 } }));
    await untilComplete(rig, workload);
    const parked = await untilComplete(rig, await apply(rig, { ...workload, generation: 2, replicas: { fixed: 0 } }));
    assert.deepEqual(parked.instances, []);
    assert.deepEqual(await rig.list(), []);
    await untilComplete(rig, await apply(rig, { ...workload, generation: 3, replicas: { fixed: 1 } }));
  });

  test('keeps at least the lower end of a range', async (rig) => {
    const replicas = { min: 2, max: 4, targets: [{ metric: 'cpu', percent: 80 }] } as const;
    const found = await untilWorkload(
      rig,
      await apply(rig, await rig.workload({ replicas })),
      'has its least',
      ({ ready }) => ready >= 2,
    );
    assert.ok(found.wanted >= 2 && found.wanted <= 4);
  });

  test('replaces an instance that ended, and tells why it ended', async (rig) => {
    const workload = await apply(rig, await rig.workload());
    const [first] = (await untilComplete(rig, workload)).instances;
    assert.ok(first);
    await rig.eventually('the agent answers', () => rig.answers(first));
    await rig.get(first, '/exit?code=3');
    const found = await untilWorkload(rig, workload, 'tells the end', ({ ended }) => ended.length > 0);
    assert.equal(found.ended[0]?.exit.code, 3);
    await untilWorkload(rig, workload, 'serves again', ({ ready }) => ready === 1);
  });

  test("refuses a name that another owner's workload has, and leaves theirs alone", async (rig) => {
    const owner = rig.anotherOwner();
    const theirs = await apply(rig, await rig.workload({ owner }));
    const before = await untilComplete(rig, theirs);
    const mine = await rig.workload({ deploymentId: theirs.deploymentId });
    await expectError(rig.workloads.apply(mine, rig.call()), 'conflict', 'already_exists');
    assert.deepEqual(await describeOne(rig, theirs.deploymentId, owner), before);
    assert.equal(await describeOne(rig, theirs.deploymentId), undefined);
  });

  test('makes nothing when its signal is aborted already', async (rig) => {
    const call = rig.call(AbortSignal.abort());
    await expectError(rig.workloads.apply(await rig.workload(), call), 'cancelled', 'timeout');
    assert.deepEqual((await rig.workloads.describe({ owner: rig.owner }, rig.call())).workloads, []);
  });

  test('takes the same wish twice at once', async (rig) => {
    const workload = await rig.workload();
    await Promise.all([apply(rig, workload), apply(rig, workload)]);
    await untilComplete(rig, workload);
  });
}

function rolloutCases({ test }: ConformanceSuite): void {
  test('replaces every instance by one of the new template', async (rig) => {
    const workload = await apply(rig, await rig.workload({ replicas: { fixed: 2 } }));
    const before = await untilComplete(rig, workload);
    const next = await apply(rig, { ...workload, generation: 2, templateHash: otherHash });
    const after = await untilComplete(rig, next);
    const old = before.instances.map(({ name }) => name);
    for (const { name, templateHash } of after.instances) {
      assert.ok(!old.includes(name));
      assert.equal(templateHash, otherHash);
    }
  });

  test('never has fewer ready than wished for, and one too many at most', async (rig) => {
    const workload = await apply(rig, await rig.workload({ replicas: { fixed: 2 } }));
    await untilComplete(rig, workload);
    const next = await apply(rig, { ...workload, generation: 2, templateHash: otherHash });
    // Kept for the end: what a check throws while the suite waits only means "not yet".
    const seen: { readonly ready: number; readonly alive: number }[] = [];
    await untilWorkload(rig, next, 'is complete', (found) => {
      const alive = found.instances.filter(({ state }) => state === 'running' || state === 'creating');
      seen.push({ ready: found.ready, alive: alive.length });
      return found.rollout === 'complete' && found.updated === 2 && found.instances.length === 2;
    });
    assert.deepEqual(
      seen.filter(({ ready, alive }) => ready < 2 || alive > 3),
      [],
    );
  });

  test('of a new epoch replaces every instance too', async (rig) => {
    const workload = await apply(rig, await rig.workload());
    const [before] = (await untilComplete(rig, workload)).instances;
    const [after] = (await untilComplete(rig, await apply(rig, { ...workload, generation: 2, restartEpoch: 1 })))
      .instances;
    assert.notEqual(after?.name, before?.name);
  });

  test('that does not get ready is told as failed, with a cause, and the old ones serve on', async (rig) => {
    const workload = await apply(rig, await rig.workload());
    const before = await untilComplete(rig, workload);
    const broken = await rig.workload({
      deploymentId: workload.deploymentId,
      program: 'exit',
      templateHash: otherHash,
      generation: 2,
      rolloutDeadlineMs: 2_000,
    });
    await apply(rig, broken);
    const failed = await untilWorkload(rig, broken, 'has failed', ({ rollout }) => rollout === 'failed');
    assert.ok(failed.causes.length > 0 && failed.causes.every((cause) => cause.length > 5));
    assert.ok(failed.ready >= 1);
    const [old] = before.instances;
    assert.ok(failed.instances.some(({ name }) => name === old?.name));
    // The way back is to wish for the old one again.
    await untilComplete(rig, await apply(rig, { ...workload, generation: 3 }));
  });
}

function deleteCases({ test }: ConformanceSuite): void {
  test('is confirmed by describe and list', async (rig) => {
    const workload = await apply(rig, await rig.workload({ replicas: { fixed: 2 } }));
    await untilComplete(rig, workload);
    await rig.workloads.deleteWorkload(workload.deploymentId, rig.scoped());
    await rig.eventually('it is gone', async () => (await describeOne(rig, workload.deploymentId)) === undefined);
    assert.deepEqual(await rig.list(), []);
  });

  test('accepts what is absent, and may be repeated', async (rig) => {
    await rig.workloads.deleteWorkload(rig.newDeploymentId(), rig.scoped());
    const workload = await apply(rig, await rig.workload());
    await rig.workloads.deleteWorkload(workload.deploymentId, rig.scoped());
    await rig.workloads.deleteWorkload(workload.deploymentId, rig.scoped());
    await rig.eventually('it is gone', async () => (await describeOne(rig, workload.deploymentId)) === undefined);
  });

  test("leaves another owner's workload alone", async (rig) => {
    const owner = rig.anotherOwner();
    const theirs = await apply(rig, await rig.workload({ owner }));
    const before = await untilComplete(rig, theirs);
    await rig.workloads.deleteWorkload(theirs.deploymentId, rig.scoped());
    assert.deepEqual(await describeOne(rig, theirs.deploymentId, owner), before);
  });

  test('takes one workload and leaves the other', async (rig) => {
    const [one, other] = [await apply(rig, await rig.workload()), await apply(rig, await rig.workload())];
    const before = await untilComplete(rig, other);
    await rig.workloads.deleteWorkload(one.deploymentId, rig.scoped());
    await rig.eventually('it is gone', async () => (await describeOne(rig, one.deploymentId)) === undefined);
    assert.deepEqual(await describeOne(rig, other.deploymentId), before);
  });
}

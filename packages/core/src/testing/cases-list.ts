import assert from 'node:assert/strict';
import type { ConformanceSuite } from './conformance-suite.js';
import { expectError } from './expect-error.js';

/** `list`: the truth, in plain data, of one owner. */
export function listCases({ group, test }: ConformanceSuite): void {
  group('list', () => {
    test('is empty for an owner that has nothing, and still names the engine', async (rig) => {
      const observation = await rig.driver.list({ owner: rig.owner }, rig.call());
      assert.deepEqual(observation.instances, []);
      assert.ok(observation.engine.length > 0);
    });

    test('names the same engine in every call and by every driver object', async (rig) => {
      const { engine } = await rig.driver.list({ owner: rig.owner }, rig.call());
      assert.equal((await rig.driver.list({ owner: rig.owner }, rig.call())).engine, engine);
      assert.equal((await (await rig.anotherDriver()).list({ owner: rig.owner }, rig.call())).engine, engine);
    });

    test('tells of an instance what it was made with', async (rig) => {
      const asked = await rig.spec({ ordinal: 0, restartEpoch: 3, tenant: 'tenant-b' });
      const found = await rig.run(asked);
      assert.equal(found.kind, 'agent');
      assert.equal(found.tenant, asked.tenant);
      assert.equal(found.deploymentId, asked.deploymentId);
      assert.equal(found.ordinal, 0);
      assert.equal(found.templateHash, asked.templateHash);
      assert.equal(found.restartEpoch, 3);
      assert.equal(found.state, 'running');
      assert.equal(found.exit, undefined);
      assert.equal(typeof found.startedAt, 'number');
      assert.ok(found.attempt >= 1);
    });

    test('gives plain data that is not shared with the driver', async (rig) => {
      await rig.run();
      const [found] = await rig.list();
      assert.ok(found);
      const copy = structuredClone(found);
      assert.deepEqual(copy, found);
      // Whoever changes what was handed out must not change the truth.
      if (!Object.isFrozen(found)) Object.assign(found, { state: 'exited', endpoint: undefined });
      assert.deepEqual(await rig.list(), [copy]);
    });

    test('does not see what belongs to another owner', async (rig) => {
      const other = rig.anotherOwner();
      const theirs = await rig.run({ owner: other });
      assert.deepEqual(await rig.list(), []);
      assert.deepEqual(
        (await rig.list(other)).map(({ name }) => name),
        [theirs.name],
      );
    });

    test('is cancelled when its signal is aborted already', async (rig) => {
      const call = rig.call(AbortSignal.abort());
      await expectError(rig.driver.list({ owner: rig.owner }, call), 'cancelled', 'timeout');
    });

    test('survives an abort in the middle', async (rig) => {
      const controller = new AbortController();
      const listing = rig.driver.list({ owner: rig.owner }, rig.call(controller.signal));
      controller.abort();
      // It may have been quicker; what it may not do is answer something else.
      const outcome = await listing.then(
        ({ instances }) => instances.length,
        async () => expectError(listing, 'cancelled', 'timeout'),
      );
      if (typeof outcome === 'number') assert.equal(outcome, 0);
      assert.deepEqual(await rig.list(), []);
    });

    test('may be called many times at once', async (rig) => {
      const instance = await rig.run();
      const lists = await Promise.all(Array.from({ length: 16 }, () => rig.list()));
      for (const list of lists) assert.deepEqual(list, [instance]);
    });
  });
}

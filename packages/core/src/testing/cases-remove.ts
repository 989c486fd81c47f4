import assert from 'node:assert/strict';
import type { ConformanceSuite } from './conformance-suite.js';
import { expectError } from './expect-error.js';

/** `remove` at container level: accepted at once, confirmed by `list`, and never more than what was asked for. */
export function removeCases({ group, test }: ConformanceSuite): void {
  group('remove', () => {
    test('is confirmed by list, and nothing answers any more', async (rig) => {
      const instance = await rig.serve();
      await rig.container.remove(instance.name, rig.removal());
      await rig.untilGone(instance.name);
      assert.equal(await rig.answers(instance), false);
    });

    test('accepts what is absent', async (rig) => {
      const spec = await rig.spec();
      await rig.container.remove(spec.name, rig.removal());
      assert.deepEqual(await rig.list(), []);
    });

    test('may be repeated, also at the same time', async (rig) => {
      const { name } = await rig.run();
      await Promise.all([rig.container.remove(name, rig.removal()), rig.container.remove(name, rig.removal())]);
      await rig.container.remove(name, rig.removal());
      await rig.untilGone(name);
      await rig.container.remove(name, rig.removal());
    });

    test("leaves another owner's instance alone", async (rig) => {
      const owner = rig.anotherOwner();
      const theirs = await rig.serve({ owner });
      await rig.container.remove(theirs.name, rig.removal());
      assert.deepEqual(await rig.list(owner), [theirs]);
      assert.ok(await rig.answers(theirs));
    });

    test('leaves a foreign thing of that name alone', async (rig) => {
      const harness = rig.having('foreign');
      if (!harness) return;
      const { name } = await rig.spec();
      const foreign = await harness.foreign(name);
      try {
        await rig.container.remove(name, rig.removal());
        assert.ok(await foreign.exists());
      } finally {
        await foreign.remove();
      }
    });

    test('takes one of two and leaves the other, whatever their names have in common', async (rig) => {
      const deploymentId = rig.newDeploymentId();
      const one = await rig.run({ deploymentId, attempt: 1 });
      const other = await rig.serve({ deploymentId, attempt: 11 });
      await rig.container.remove(one.name, rig.removal());
      await rig.untilGone(one.name);
      assert.deepEqual(await rig.list(), [other]);
      assert.ok(await rig.answers(other));
    });

    test('ends an agent that ignores SIGTERM after its grace', async (rig) => {
      const { name } = await rig.serve({ program: 'stubborn', graceMs: 500 });
      await rig.container.remove(name, rig.removal({ graceMs: 500 }));
      await rig.untilGone(name);
    });

    test('takes an instance that has ended', async (rig) => {
      const spec = await rig.spec({ program: 'exit' });
      await rig.container.create(spec, rig.call());
      await rig.until(spec.name, 'has ended', ({ state }) => state === 'exited');
      await rig.container.remove(spec.name, rig.removal());
      await rig.untilGone(spec.name);
    });

    test('takes a half-made instance', async (rig) => {
      const harness = rig.having('halfMade');
      if (!harness) return;
      const spec = await rig.spec();
      await harness.halfMade(rig.driver, spec);
      await rig.container.remove(spec.name, rig.removal());
      await rig.untilGone(spec.name);
    });

    test('frees the name: made again, it is a new process', async (rig) => {
      const spec = await rig.spec();
      const first = await rig.serve(spec);
      await rig.get(first, '/count');
      await rig.container.remove(spec.name, rig.removal());
      await rig.untilGone(spec.name);
      const second = await rig.serve(spec);
      assert.equal(await rig.get(second, '/count'), '1');
    });

    test('removes nothing when its signal is aborted already', async (rig) => {
      const instance = await rig.serve();
      const call = { ...rig.removal(), signal: AbortSignal.abort() };
      await expectError(rig.container.remove(instance.name, call), 'cancelled', 'timeout');
      assert.ok(await rig.answers(instance));
      assert.deepEqual(await rig.list(), [instance]);
    });
  });
}

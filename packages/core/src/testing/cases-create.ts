import assert from 'node:assert/strict';
import type { ConformanceSuite } from './conformance-suite.js';
import { expectError } from './expect-error.js';

/** `create` at container level: one identity, made once. */
export function createCases({ group, test }: ConformanceSuite): void {
  group('create', () => {
    test('makes an instance that runs and answers at its endpoint', async (rig) => {
      const spec = await rig.spec();
      const instance = await rig.serve(spec);
      assert.equal(instance.name, spec.name);
      assert.equal(instance.ordinal, spec.ordinal);
      assert.equal(instance.attempt, spec.attempt);
      assert.equal(JSON.parse(await rig.get(instance, '/health')).status, 'ok');
    });

    test('tells the agent in PORT where to listen', async (rig) => {
      const instance = await rig.serve({ port: 9123 });
      assert.match(JSON.parse(await rig.get(instance, '/env?name=PORT')), /^\d+$/);
    });

    test('changes nothing when it is repeated', async (rig) => {
      const spec = await rig.spec();
      const before = await rig.serve(spec);
      await rig.get(before, '/count');
      await rig.container.create(spec, rig.call());
      assert.deepEqual(await rig.list(), [before]);
      assert.equal(await rig.get(before, '/count'), '2', 'the same process');
    });

    test('makes one instance when it is called twice at once', async (rig) => {
      const spec = await rig.spec();
      await Promise.all([rig.container.create(spec, rig.call()), rig.container.create(spec, rig.call())]);
      await rig.serve(spec);
      assert.equal((await rig.list()).length, 1);
    });

    test('leaves alone what an earlier driver object has made', async (rig) => {
      const spec = await rig.spec();
      const before = await rig.serve(spec);
      const next = await rig.anotherDriver();
      assert.ok(next.level === 'container');
      await next.create(spec, rig.call());
      assert.deepEqual(await rig.list(), [before]);
    });

    test('leaves an ended instance of this identity as it is', async (rig) => {
      const spec = await rig.spec({ program: 'exit' });
      await rig.container.create(spec, rig.call());
      const ended = await rig.until(spec.name, 'has ended', ({ state }) => state === 'exited');
      // Were it started anew, its times would tell.
      await rig.pass(2);
      await rig.container.create(spec, rig.call());
      await rig.pass(2);
      assert.deepEqual(await rig.find(spec.name), ended);
    });

    test('refuses a name that another owner has, and leaves theirs alone', async (rig) => {
      const owner = rig.anotherOwner();
      const theirs = await rig.serve({ owner });
      const spec = await rig.spec({ name: theirs.name, deploymentId: theirs.deploymentId });
      await expectError(rig.container.create(spec, rig.call()), 'already_exists');
      assert.deepEqual(await rig.list(owner), [theirs]);
      assert.deepEqual(await rig.list(), []);
      assert.ok(await rig.answers(theirs));
    });

    test('refuses a name that a foreign thing has, and leaves it alone', async (rig) => {
      const harness = rig.having('foreign');
      if (!harness) return;
      const spec = await rig.spec();
      const foreign = await harness.foreign(spec.name);
      try {
        const refusal = await expectError(rig.container.create(spec, rig.call()), 'already_exists');
        assert.ok(refusal.message.includes(spec.name), 'the message has the name');
        assert.ok(await foreign.exists());
        assert.deepEqual(await rig.list(), []);
      } finally {
        await foreign.remove();
      }
    });

    test('lists a half-made instance as creating, without an endpoint', async (rig) => {
      const harness = rig.having('halfMade');
      if (!harness) return;
      const spec = await rig.spec();
      await harness.halfMade(rig.driver, spec);
      const found = await rig.find(spec.name);
      assert.equal(found?.state, 'creating');
      assert.equal(found.endpoint, undefined);
      assert.equal(found.deploymentId, spec.deploymentId);
    });

    test('finishes a half-made instance', async (rig) => {
      const harness = rig.having('halfMade');
      if (!harness) return;
      const spec = await rig.spec();
      await harness.halfMade(rig.driver, spec);
      await rig.serve(spec);
      assert.equal((await rig.list()).length, 1);
    });

    test('refuses a source that cannot be found, for good, and leaves nothing', async (rig) => {
      const harness = rig.having('missingSource');
      if (!harness) return;
      const spec = await rig.spec({ source: harness.missingSource() });
      const refusal = await expectError(rig.container.create(spec, rig.call()), 'invalid_argument');
      assert.equal(refusal.retryable, false);
      assert.deepEqual(await rig.list(), []);
    });

    test('makes nothing when its signal is aborted already', async (rig) => {
      const call = rig.call(AbortSignal.abort());
      await expectError(rig.container.create(await rig.spec(), call), 'cancelled', 'timeout');
      assert.deepEqual(await rig.list(), []);
    });

    test('can be aborted in the middle and repeated', async (rig) => {
      const spec = await rig.spec();
      const controller = new AbortController();
      const creating = rig.container.create(spec, rig.call(controller.signal));
      controller.abort();
      const refused = await creating.then(
        () => false,
        () => true,
      );
      if (refused) await expectError(creating, 'cancelled', 'timeout');
      await rig.serve(spec);
      assert.equal((await rig.list()).length, 1);
    });

    test('makes 16 at once, each at an endpoint of its own, and removes them at once', async (rig) => {
      const deploymentId = rig.newDeploymentId();
      const specs = await Promise.all(
        Array.from({ length: 16 }, (_, ordinal) =>
          rig.spec({ deploymentId, ordinal, tenant: `tenant-${ordinal % 2}` }),
        ),
      );
      await Promise.all(specs.map((spec) => rig.container.create(spec, rig.call())));
      const running = await rig.eventually('16 instances answer', async () => {
        const found = (await rig.list()).filter(({ state }) => state === 'running');
        const answers = await Promise.all(found.map((instance) => rig.answers(instance)));
        return found.length === 16 && answers.every(Boolean) && found;
      });
      const endpoints = running.map(({ endpoint }) => `${endpoint?.host}:${endpoint?.port}`);
      assert.equal(new Set(endpoints).size, 16);
      await Promise.all(specs.map(({ name }) => rig.container.remove(name, rig.removal())));
      await rig.eventually('all are gone', async () => (await rig.list()).length === 0);
    });
  });
}

import assert from 'node:assert/strict';
import type { ConformanceSuite } from './conformance-suite.js';

/** Why instances ended, at container level: an ended one stays, and tells. */
export function exitCases({ group, test }: ConformanceSuite): void {
  group('exits', () => {
    test('are told with their code; the instance stays, without an endpoint', async (rig) => {
      const spec = await rig.spec({ program: 'exit' });
      await rig.container.create(spec, rig.call());
      const { exit, endpoint, startedAt } = await rig.until(spec.name, 'ended', ({ state }) => state === 'exited');
      assert.equal(exit?.code, 7);
      assert.equal(exit.oom, false);
      assert.equal(exit.signal, undefined);
      assert.equal(typeof exit.at, 'number');
      assert.equal(endpoint, undefined);
      assert.equal(typeof startedAt, 'number');
    });

    test('are told with code 0 too', async (rig) => {
      const spec = await rig.spec({ program: 'exit', env: { EXIT_CODE: '0' } });
      await rig.container.create(spec, rig.call());
      const { exit } = await rig.until(spec.name, 'ended', ({ state }) => state === 'exited');
      assert.equal(exit?.code, 0);
      assert.equal(exit.oom, false);
    });

    test('of an agent that served before are told, and it is not started again', async (rig) => {
      const instance = await rig.serve();
      await rig.get(instance, '/exit?code=3');
      const ended = await rig.until(instance.name, 'ended', ({ state }) => state === 'exited');
      assert.equal(ended.exit?.code, 3);
      assert.equal(await rig.answers(instance), false);
      assert.deepEqual(await rig.find(instance.name), ended);
    });

    test('by a signal of its own are told as one', async (rig) => {
      const instance = await rig.serve();
      // The answer may be lost with the process.
      await rig.get(instance, '/abort').catch(() => {});
      const { exit } = await rig.until(instance.name, 'ended', ({ state }) => state === 'exited');
      assert.ok(exit?.signal === 'SIGABRT' || exit?.code === 134, `told as ${JSON.stringify(exit)}`);
      assert.equal(exit.oom, false);
    });

    test('by SIGKILL from outside are told as one, and not as out of memory', async (rig) => {
      const harness = rig.having('killOutside');
      if (!harness) return;
      const instance = await rig.serve();
      await harness.killOutside(instance.name, 'SIGKILL');
      const { exit } = await rig.until(instance.name, 'ended', ({ state }) => state === 'exited');
      assert.ok(exit?.signal === 'SIGKILL' || exit?.code === 137, `told as ${JSON.stringify(exit)}`);
      assert.equal(exit.oom, false);
    });

    test('are seen by the next driver object', async (rig) => {
      const spec = await rig.spec({ program: 'exit' });
      await rig.container.create(spec, rig.call());
      const ended = await rig.until(spec.name, 'ended', ({ state }) => state === 'exited');
      await rig.driver.close();
      const next = await rig.anotherDriver();
      assert.deepEqual((await next.list({ owner: rig.owner }, rig.call())).instances, [ended]);
    });

    test('are no longer listed once somebody removed the instance from outside', async (rig) => {
      const harness = rig.having('removeOutside');
      if (!harness) return;
      const instance = await rig.serve();
      await harness.removeOutside(instance.name);
      await rig.untilGone(instance.name);
      // The host removes it as well, not knowing: absent is fine.
      await rig.container.remove(instance.name, rig.removal());
    });
  });
}

import assert from 'node:assert/strict';
import type { ConformanceSuite } from './conformance-suite.js';

/** `watch`: hints, or that there are none. */
export function watchCases({ group, test }: ConformanceSuite): void {
  group('watch', () => {
    test('hints at a deployment when its instance is made, and when it ends', async (rig) => {
      if (!rig.driver.capabilities.watch) return assert.equal(rig.driver.watch, undefined);
      const hinted: string[] = [];
      const unsubscribe = rig.driver.watch?.({ owner: rig.owner }, (deploymentId) => void hinted.push(deploymentId));
      assert.ok(unsubscribe);
      try {
        // A subscription may take a moment to stand, and a hint may be lost: so more are made until one is hinted at.
        const instance = await rig.eventually('a hint at an instance that was made', async () => {
          const made = await rig.serve();
          await rig.pass(40);
          return hinted.includes(made.deploymentId) && made;
        });
        hinted.length = 0;
        await rig.get(instance, '/exit?code=1');
        await rig.eventually('a hint at its end', async () => hinted.includes(instance.deploymentId));
      } finally {
        unsubscribe();
      }
    });

    test('can be ended, twice, and by close', async (rig) => {
      if (!rig.driver.capabilities.watch) return assert.equal(rig.driver.watch, undefined);
      const unsubscribe = rig.driver.watch?.({ owner: rig.owner }, () => {});
      assert.ok(unsubscribe);
      unsubscribe();
      unsubscribe();
      rig.driver.watch?.({ owner: rig.owner }, () => {});
      await rig.driver.close();
    });
  });
}

import assert from 'node:assert/strict';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceSuite } from './conformance-suite.js';
import type { BrokenEngine } from './driver-harness.js';
import { expectError } from './expect-error.js';

/** An engine that is out of reach, or another one, is "unknown", never "empty". */
export function faultCases({ group, test }: ConformanceSuite): void {
  group('faults', () => {
    test('an engine that does not answer is unavailable, and never an empty list', async (rig) => {
      await withEngine(rig, 'unreachable', async ({ driver }) => {
        const refusal = await expectError(driver.list({ owner: rig.owner }, rig.call()), 'unavailable');
        assert.equal(refusal.retryable, true);
        if (driver.level === 'workload') {
          await expectError(driver.describe({ owner: rig.owner }, rig.call()), 'unavailable');
        }
      });
    });

    test('an engine that does not answer refuses changes as unavailable', async (rig) => {
      await withEngine(rig, 'unreachable', async ({ driver }) => {
        if (driver.level === 'container') {
          await expectError(driver.create(await rig.spec(), rig.call()), 'unavailable');
          await expectError(driver.remove((await rig.spec()).name, rig.removal()), 'unavailable');
        } else {
          await expectError(driver.apply(await rig.workload(), rig.call()), 'unavailable');
          await expectError(driver.deleteWorkload(rig.newDeploymentId(), rig.scoped()), 'unavailable');
        }
      });
    });

    test('an engine that does not answer can be watched and closed', async (rig) => {
      await withEngine(rig, 'unreachable', async ({ driver }) => {
        driver.watch?.({ owner: rig.owner }, () => {})();
        driver.watch?.({ owner: rig.owner }, () => {});
        await driver.close();
      });
    });

    test('an engine that answers again has what it had before', async (rig) => {
      const before = await rig.run();
      await withEngine(rig, 'unreachable', async ({ driver }) => {
        await expectError(driver.list({ owner: rig.owner }, rig.call()), 'unavailable');
      });
      const next = await rig.anotherDriver();
      const found = await rig.eventually('the engine answers again', async () => {
        const { instances } = await next.list({ owner: rig.owner }, rig.call());
        return instances;
      });
      assert.deepEqual(
        found.map(({ name }) => name),
        [before.name],
      );
    });

    test('an engine that was exchanged is unavailable, and never an empty list', async (rig) => {
      await withEngine(rig, 'exchanged', async ({ driver }) => {
        await expectError(driver.list({ owner: rig.owner }, rig.call()), 'unavailable');
        // Not just the first time.
        await expectError(driver.list({ owner: rig.owner }, rig.call()), 'unavailable');
        if (driver.level === 'workload') {
          await expectError(driver.describe({ owner: rig.owner }, rig.call()), 'unavailable');
        }
      });
    });
  });
}

async function withEngine(
  rig: ConformanceRig,
  kind: 'unreachable' | 'exchanged',
  body: (broken: BrokenEngine) => Promise<void>,
): Promise<void> {
  const broken =
    kind === 'unreachable'
      ? await rig.having('unreachable')?.unreachable()
      : await rig.having('exchanged')?.exchanged();
  if (!broken) return;
  try {
    await body(broken);
  } finally {
    await broken.restore();
    await broken.driver.close();
  }
}

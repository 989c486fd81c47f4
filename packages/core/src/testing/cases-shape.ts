import assert from 'node:assert/strict';
import type { DriverCapabilities } from '../ports/driver.js';
import type { ConformanceSuite } from './conformance-suite.js';
import { expectError } from './expect-error.js';

/** What a driver says of itself, and its life in this process. */
export function shapeCases({ level, group, test }: ConformanceSuite): void {
  group('shape', () => {
    test('says its contract, its level and its name', async ({ driver }) => {
      assert.equal(driver.contract, 1);
      assert.equal(driver.level, level);
      assert.match(driver.name, /^[a-z0-9][a-z0-9-]*$/);
    });

    test('has capabilities that are plain, complete, and equal in every driver object', async (rig) => {
      const { capabilities } = rig.driver;
      assert.deepEqual(structuredClone(capabilities), capabilities);
      assert.deepEqual((await rig.anotherDriver()).capabilities, capabilities);
      const { autoscale = [], ...needed } = capabilities;
      assert.deepEqual(Object.keys(needed).sort(), capabilityNames);
      assert.ok(autoscale.every((metric) => metric === 'cpu' || metric === 'memory'));
      assert.ok(Object.isFrozen(capabilities), 'capabilities are frozen');
      assert.ok(capabilities.sources.length > 0, 'runs at least one kind of source');
    });

    test('names park depths and usage figures once each', async ({ driver }) => {
      for (const list of [driver.capabilities.park, driver.capabilities.usage, driver.capabilities.sources]) {
        assert.equal(new Set(list).size, list.length);
      }
    });

    test('has an optional method exactly where it claims the capability', async ({ driver }) => {
      const { capabilities } = driver;
      assert.equal(driver.logs !== undefined, capabilities.logs, 'logs');
      assert.equal(driver.watch !== undefined, capabilities.watch, 'watch');
      assert.equal(driver.usage !== undefined, capabilities.usage.length > 0, 'usage');
      assert.equal(driver.startRun !== undefined, capabilities.runs, 'startRun');
      if (driver.level === 'container') {
        assert.equal(driver.park !== undefined, capabilities.park.length > 0, 'park');
        assert.equal(driver.unpark !== undefined, capabilities.park.length > 0, 'unpark');
      }
    });

    test('closes as often as it is asked to', async (rig) => {
      const driver = await rig.anotherDriver();
      await driver.close();
      await driver.close();
    });

    test('refuses calls after close as cancelled', async (rig) => {
      const driver = await rig.anotherDriver();
      await driver.close();
      await expectError(driver.list({ owner: rig.owner }, rig.call()), 'cancelled');
      if (driver.level === 'container') {
        await expectError(driver.create(await rig.spec(), rig.call()), 'cancelled');
        await expectError(driver.remove('moor-never-made', rig.removal()), 'cancelled');
      } else {
        await expectError(driver.apply(await rig.workload(), rig.call()), 'cancelled');
        await expectError(driver.describe({ owner: rig.owner }, rig.call()), 'cancelled');
      }
    });

    test('leaves instances running when it closes, and the next driver object finds them as they are', async (rig) => {
      const instance = await rig.serve();
      assert.equal(await rig.get(instance, '/count'), '1');
      await rig.driver.close();
      const next = await rig.anotherDriver();
      const { instances } = await next.list({ owner: rig.owner }, rig.call());
      assert.deepEqual(instances, [instance]);
      assert.equal(await rig.get(instance, '/count'), '2', 'the same process');
    });
  });
}

const everyCapability: Readonly<Record<keyof Omit<DriverCapabilities, 'autoscale'>, true>> = {
  isolation: true,
  sources: true,
  limits: true,
  park: true,
  egressControl: true,
  volumes: true,
  logs: true,
  watch: true,
  usage: true,
  runs: true,
};
const capabilityNames = Object.keys(everyCapability).sort();

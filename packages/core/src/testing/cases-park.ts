import assert from 'node:assert/strict';
import type { ParkDepth } from '../model/deployment.js';
import type { ContainerDriver } from '../ports/driver.js';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceSuite } from './conformance-suite.js';
import { expectError } from './expect-error.js';

type Parking = ContainerDriver & Required<Pick<ContainerDriver, 'park' | 'unpark'>>;

/** `park` and `unpark`, or that there are none. Container level. */
export function parkCases(suite: ConformanceSuite): void {
  suite.group('park', () => {
    depthCases(suite, 'pause');
    depthCases(suite, 'stop');
    anyDepthCases(suite);
  });
}

/** The driver, if it can park to this depth; else `unsupported` is asserted and undefined returned. */
async function parking(rig: ConformanceRig, depth: ParkDepth): Promise<Parking | undefined> {
  const driver = rig.container;
  if (driver.capabilities.park.length === 0) {
    assert.equal(driver.park, undefined);
    return undefined;
  }
  assert.ok(driver.park && driver.unpark);
  if (driver.capabilities.park.includes(depth)) return driver as Parking;
  const { name } = await rig.run();
  await expectError(driver.park(name, depth, rig.scoped()), 'unsupported');
  assert.equal((await rig.find(name))?.state, 'running', 'a refusal changes nothing');
  return undefined;
}

function depthCases({ test }: ConformanceSuite, depth: ParkDepth): void {
  const parked = depth === 'pause' ? ['paused'] : ['stopped', 'exited'];

  test(`to "${depth}" ${depth === 'pause' ? 'keeps' : 'loses'} memory, and the agent answers again`, async (rig) => {
    const driver = await parking(rig, depth);
    if (!driver) return;
    const { name } = await rig.serve();
    const before = await rig.find(name);
    assert.ok(before);
    assert.equal(await rig.get(before, '/count'), '1');
    // Each of them may be repeated, and ending what has not begun is no error either.
    await driver.unpark(name, rig.scoped());
    await driver.park(name, depth, rig.scoped());
    await driver.park(name, depth, rig.scoped());
    await rig.until(name, `is ${parked.join(' or ')}`, ({ state }) => parked.includes(state));
    await driver.unpark(name, rig.scoped());
    await driver.unpark(name, rig.scoped());
    const after = await rig.eventually('the agent answers again', async () => {
      const found = await rig.find(name);
      return found?.state === 'running' && (await rig.answers(found)) && found;
    });
    assert.equal(await rig.get(after, '/count'), depth === 'pause' ? '2' : '1');
  });

  test(`to "${depth}" does not keep an instance from being removed`, async (rig) => {
    const driver = await parking(rig, depth);
    if (!driver) return;
    const { name } = await rig.run();
    await driver.park(name, depth, rig.scoped());
    await rig.until(name, `is ${parked.join(' or ')}`, ({ state }) => parked.includes(state));
    await driver.remove(name, rig.removal());
    await rig.untilGone(name);
  });
}

function anyDepthCases({ test }: ConformanceSuite): void {
  test("of what is absent or another owner's is not_found, and theirs runs on", async (rig) => {
    const [depth = 'stop'] = rig.driver.capabilities.park;
    const driver = await parking(rig, depth);
    if (!driver) return;
    const { name } = await rig.spec();
    await expectError(driver.park(name, depth, rig.scoped()), 'not_found');
    await expectError(driver.unpark(name, rig.scoped()), 'not_found');
    const owner = rig.anotherOwner();
    const theirs = await rig.serve({ owner });
    await expectError(driver.park(theirs.name, depth, rig.scoped()), 'not_found');
    assert.deepEqual(await rig.list(owner), [theirs]);
    assert.ok(await rig.answers(theirs));
  });

  test('is seen by the next driver object, which ends it', async (rig) => {
    const [depth = 'stop'] = rig.driver.capabilities.park;
    const driver = await parking(rig, depth);
    if (!driver) return;
    const { name } = await rig.serve();
    await driver.park(name, depth, rig.scoped());
    const before = await rig.until(name, 'is parked', ({ state }) => state !== 'running');
    await driver.close();
    const next = await rig.anotherDriver();
    assert.ok(next.level === 'container' && next.unpark);
    assert.equal((await next.list({ owner: rig.owner }, rig.call())).instances[0]?.state, before.state);
    await next.unpark(name, rig.scoped());
    await rig.eventually('the agent answers again', async () => {
      const [found] = (await next.list({ owner: rig.owner }, rig.call())).instances;
      return found?.state === 'running' && rig.answers(found);
    });
  });
}

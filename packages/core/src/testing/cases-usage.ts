import assert from 'node:assert/strict';
import type { UsageSample } from '../model/incident.js';
import type { DriverCapabilities } from '../ports/driver.js';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceSuite } from './conformance-suite.js';

type Figure = DriverCapabilities['usage'][number];

const figures: Readonly<Record<Figure, readonly Exclude<keyof UsageSample, 'instance' | 'at'>[]>> = {
  cpu: ['cpuPercent'],
  memory: ['memoryBytes'],
  disk: ['diskBytes'],
  network: ['networkInBytesPerSecond', 'networkOutBytesPerSecond'],
};

/** `usage`, or that there is none. */
export function usageCases(suite: ConformanceSuite): void {
  suite.group('usage', () => {
    usageCase(suite, 'measures what it claims, and says "unsupported" of the rest, never 0', async (rig, usage) => {
      const { name } = await rig.serve();
      // A rate needs two looks.
      const sample = await rig.eventually('a sample with every figure', async () => {
        const [found] = await usage([name]);
        return measured(rig, found) && found;
      });
      assert.equal(sample.instance, name);
      if (rig.driver.capabilities.usage.includes('memory')) assert.ok(Number(sample.memoryBytes) > 0);
      for (const [figure, keys] of Object.entries(figures)) {
        const claimed = rig.driver.capabilities.usage.includes(figure as Figure);
        for (const key of keys) {
          if (claimed) assert.ok(Number(sample[key]) >= 0, key);
          else assert.equal(sample[key], 'unsupported', key);
        }
      }
    });

    usageCase(suite, 'leaves out names that it does not know', async (rig, usage) => {
      assert.deepEqual(await usage([(await rig.spec()).name]), []);
      assert.deepEqual(await usage([]), []);
    });

    usageCase(suite, "leaves out another owner's instances", async (rig, usage) => {
      const theirs = await rig.run({ owner: rig.anotherOwner() });
      assert.deepEqual(await usage([theirs.name]), []);
    });

    if (suite.level === 'workload') return;

    usageCase(suite, 'leaves out instances that have ended', async (rig, usage) => {
      const spec = await rig.spec({ program: 'exit' });
      await rig.container.create(spec, rig.call());
      await rig.until(spec.name, 'ended', ({ state }) => state === 'exited');
      const alive = await rig.run();
      const samples = await usage([spec.name, alive.name]);
      assert.deepEqual(
        samples.map(({ instance }) => instance),
        [alive.name],
      );
    });
  });
}

type Usage = (names: readonly string[]) => Promise<readonly UsageSample[]>;

function usageCase(
  { test }: ConformanceSuite,
  name: string,
  body: (rig: ConformanceRig, usage: Usage) => Promise<void>,
): void {
  test(name, async (rig) => {
    const { driver } = rig;
    if (driver.capabilities.usage.length === 0) {
      assert.equal(driver.usage, undefined, 'a driver that measures nothing has no method for it');
      return;
    }
    await body(rig, async (names) => {
      const samples = await driver.usage?.(names, rig.scoped());
      assert.ok(samples);
      return samples;
    });
  });
}

function measured(rig: ConformanceRig, sample: UsageSample | undefined): boolean {
  if (!sample) return false;
  return rig.driver.capabilities.usage.every((figure) =>
    figures[figure].every((key) => typeof sample[key] === 'number'),
  );
}

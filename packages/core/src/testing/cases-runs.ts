import assert from 'node:assert/strict';
import { systemClock } from '../engine/system-clock.js';
import type { DriverBase, SandboxJob } from '../ports/driver.js';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceSuite } from './conformance-suite.js';

/** `startRun`, or that there is none. */
export function runCases({ group, test }: ConformanceSuite): void {
  const runCase = (name: string, body: (rig: ConformanceRig, start: Start) => Promise<void>): void =>
    test(name, async (rig) => {
      if (!rig.driver.capabilities.runs) return assert.equal(rig.driver.startRun, undefined);
      await body(rig, async (job) => {
        assert.ok(rig.driver.startRun);
        await rig.driver.startRun(job, rig.call());
      });
    });

  group('runs', () => {
    runCase('are listed as runs, and kept with their outcome', async (rig, start) => {
      const job = await jobOf(rig, { program: 'exit' });
      await start(job);
      const ended = await rig.until(job.spec.name, 'ended', ({ state }) => state === 'exited');
      assert.equal(ended.kind, 'run');
      assert.equal(ended.exit?.code, 7);
      assert.deepEqual(await rig.find(job.spec.name), ended);
    });

    runCase('are started once, however often it is asked', async (rig, start) => {
      const job = await jobOf(rig, { program: 'exit' });
      await start(job);
      const ended = await rig.until(job.spec.name, 'ended', ({ state }) => state === 'exited');
      await start(job);
      assert.deepEqual(await rig.list(), [ended]);
    });
  });
}

type Start = (job: Parameters<NonNullable<DriverBase['startRun']>>[0]) => Promise<void>;

async function jobOf(rig: ConformanceRig, options: Parameters<ConformanceRig['spec']>[0]): Promise<SandboxJob> {
  return { spec: { ...(await rig.spec(options)), kind: 'run' }, deadline: deadlineOf(rig) };
}

/** Far enough for no engine to end it; a virtual clock may stand at any time. */
function deadlineOf(rig: ConformanceRig): number {
  return rig.harness.tick ? Date.UTC(2100, 0, 1) : systemClock.now() + 3_600_000;
}

import { afterAll, describe, expect, it } from 'vitest';
import { conformanceRig } from '../testing/conformance-rig.js';
import { driverConformance } from '../testing/driver-conformance.js';
import { memoryHarness } from '../testing/memory-harness.js';
import { memoryClock } from './memory-clock.js';
import { memoryCluster } from './memory-cluster.js';
import { memoryEngine } from './memory-engine.js';
import { memoryWorkloadDriver } from './memory-workload-driver.js';

function simulated() {
  const clock = memoryClock();
  const engine = memoryEngine({ clock });
  const cluster = memoryCluster(engine);
  const harness = memoryHarness({
    engine,
    clock,
    leftovers: cluster.leftovers,
    makeDriver: () => memoryWorkloadDriver({ engine, cluster }),
  });
  return { clock, engine, cluster, harness };
}

driverConformance({ describe, it, afterAll, level: 'workload', makeHarness: async () => simulated().harness });

describe('memoryWorkloadDriver', () => {
  it('gates a roll-out by readiness: the old one goes when the new one is healthy', async () => {
    const { clock, engine, harness } = simulated();
    const rig = await conformanceRig(harness, 'workload');
    const first = await rig.workload();
    await rig.workloads.apply(first, rig.call());
    await clock.advance(10_000);
    engine.behave(first.deploymentId, { healthyAfterMs: 5_000 });
    await rig.workloads.apply({ ...first, templateHash: 'f'.repeat(64) }, rig.call());
    await clock.advance(4_999);
    expect((await rig.list()).length).toBe(2);
    await clock.advance(2);
    expect((await rig.list()).map(({ templateHash }) => templateHash)).toEqual(['f'.repeat(64)]);
    await rig.dispose();
  });

  it('fails a roll-out at its deadline, not before', async () => {
    const { clock, engine, harness } = simulated();
    const rig = await conformanceRig(harness, 'workload');
    const workload = await rig.workload({ rolloutDeadlineMs: 10_000 });
    engine.behave(workload.deploymentId, { health: 'fail' });
    await rig.workloads.apply(workload, rig.call());
    const rollout = async () => (await rig.workloads.describe({ owner: rig.owner }, rig.call())).workloads[0];
    await clock.advance(9_999);
    expect((await rollout())?.rollout).toBe('progressing');
    await clock.advance(1);
    expect(await rollout()).toMatchObject({
      rollout: 'failed',
      causes: ['The roll-out was not ready within 10000 ms'],
    });
    await rig.dispose();
  });

  it('restarts a crash loop with a growing pause, and counts every end', async () => {
    const { clock, engine, harness } = simulated();
    const rig = await conformanceRig(harness, 'workload');
    const workload = await rig.workload();
    engine.behave(workload.deploymentId, { health: 'fail', exitAfterMs: 10, exit: { oom: true, code: 137 } });
    await rig.workloads.apply(workload, rig.call());
    await clock.advance(60_000);
    const { workloads } = await rig.workloads.describe({ owner: rig.owner }, rig.call());
    // At once, then after 1, 2, 4, 8, 16 s: 31 s and six ends; the seventh pause of 32 s has begun by then.
    expect(workloads[0]?.ended.length).toBe(7);
    expect(workloads[0]?.causes[0]).toMatch(/ended: out of memory/);
    await rig.dispose();
  });
});

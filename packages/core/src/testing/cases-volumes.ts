import assert from 'node:assert/strict';
import type { ObservedInstance } from '../model/instance.js';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceSuite } from './conformance-suite.js';
import { expectError } from './expect-error.js';

const volumes = [{ name: 'data', path: '/data' }];

/** Volumes outlive instances and end with their deployment, or are refused. Container level. */
export function volumeCases({ group, test }: ConformanceSuite): void {
  const volumeCase = (name: string, body: (rig: ConformanceRig) => Promise<void>): void =>
    test(name, async (rig) => {
      if (rig.driver.capabilities.volumes) return body(rig);
      await expectError(rig.container.create(await rig.spec({ volumes }), rig.call()), 'unsupported');
      assert.deepEqual(await rig.list(), []);
    });

  group('volumes', () => {
    volumeCase('keep what was written for the next instance of the deployment', async (rig) => {
      const deploymentId = rig.newDeploymentId();
      const first = await rig.serve({ deploymentId, volumes, attempt: 1 });
      await rig.get(first, '/write?path=/data/note&text=kept');
      await rig.container.remove(first.name, rig.removal({ purge: false }));
      await rig.untilGone(first.name);
      const second = await rig.serve({ deploymentId, volumes, attempt: 2 });
      assert.equal(await rig.get(second, '/read?path=/data/note'), 'kept');
    });

    volumeCase('are not shared between deployments', async (rig) => {
      const [one, other] = [await rig.serve({ volumes }), await rig.serve({ volumes })];
      await rig.get(one, '/write?path=/data/note&text=mine');
      const { status } = await rig.harness.request(other.endpoint ?? { host: '', port: 0 }, '/read?path=/data/note');
      assert.equal(status, 500);
    });

    volumeCase('stay while another instance of the deployment uses them', async (rig) => {
      const deploymentId = rig.newDeploymentId();
      const first = await rig.serve({ deploymentId, volumes, ordinal: 0 });
      const second = await rig.serve({ deploymentId, volumes, ordinal: 1 });
      await rig.get(first, '/write?path=/data/note&text=shared');
      await rig.container.remove(first.name, rig.removal({ purge: true }));
      await rig.untilGone(first.name);
      assert.equal(await rig.get(second, '/read?path=/data/note'), 'shared');
    });

    volumeCase('go with the last instance of their deployment when that is asked for', async (rig) => {
      const { name } = await rig.serve({ volumes });
      await rig.container.remove(name, rig.removal({ purge: true }));
      await rig.untilGone(name);
      await rig.eventually('nothing is left', async () => (await rig.harness.leftovers(rig.owner)).length === 0);
    });
  });
}

/** The same of a workload: its instances come and go, its volumes stay. Workload level. */
export function workloadVolumeCases({ group, test }: ConformanceSuite): void {
  const volumeCase = (name: string, body: (rig: ConformanceRig) => Promise<void>): void =>
    test(name, async (rig) => {
      if (rig.driver.capabilities.volumes) return body(rig);
      await expectError(rig.workloads.apply(await rig.workload({ volumes }), rig.call()), 'unsupported');
      assert.deepEqual(await rig.list(), []);
    });

  group('volumes', () => {
    volumeCase('keep what was written through a restart and through parking', async (rig) => {
      const wish = { ...(await rig.workload({ volumes })), replicas: { fixed: 1 } };
      await rig.workloads.apply(wish, rig.call());
      const first = await serving(rig, wish.deploymentId, undefined);
      await rig.get(first, '/write?path=/data/note&text=kept');
      await rig.workloads.apply({ ...wish, generation: 2, restartEpoch: 1 }, rig.call());
      const second = await serving(rig, wish.deploymentId, first.name);
      assert.equal(await rig.get(second, '/read?path=/data/note'), 'kept');
      await rig.workloads.apply({ ...wish, generation: 3, restartEpoch: 1, replicas: { fixed: 0 } }, rig.call());
      await rig.untilGone(second.name);
      await rig.workloads.apply({ ...wish, generation: 4, restartEpoch: 1 }, rig.call());
      const third = await serving(rig, wish.deploymentId, second.name);
      assert.equal(await rig.get(third, '/read?path=/data/note'), 'kept');
    });

    volumeCase('are not shared between deployments, and go with theirs', async (rig) => {
      const [one, other] = [await rig.serve({ volumes }), await rig.serve({ volumes })];
      await rig.get(one, '/write?path=/data/note&text=mine');
      const { status } = await rig.harness.request(other.endpoint ?? { host: '', port: 0 }, '/read?path=/data/note');
      assert.equal(status, 500);
      for (const { deploymentId } of [one, other]) await rig.workloads.deleteWorkload(deploymentId, rig.scoped());
      await rig.eventually('nothing is left', async () => (await rig.harness.leftovers(rig.owner)).length === 0);
    });
  });
}

/** The instance that serves alone, after the one of that name. */
function serving(rig: ConformanceRig, deploymentId: string, before: string | undefined): Promise<ObservedInstance> {
  return rig.eventually('one instance serves', async () => {
    const found = (await rig.list()).filter((instance) => instance.deploymentId === deploymentId);
    const [only] = found;
    return found.length === 1 && only?.name !== before && only && (await rig.answers(only)) && only;
  });
}

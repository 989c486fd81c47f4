import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namespaceName } from '../src/labels.js';
import { type KubernetesRig, kubernetesRig, later } from './kubernetes-rig.js';
import { limitedAccount } from './limited-account.js';
import { shippedRules } from './shipped-rules.js';
import { type StaticVolumes, staticVolumes } from './static-volumes.js';
import { testCluster, uniqueName } from './test-cluster.js';

let rig: KubernetesRig;
let made: StaticVolumes;
beforeAll(async () => {
  const cluster = await testCluster();
  made = await staticVolumes(cluster, 3);
  rig = await kubernetesRig({ volumes: { storageClassName: made.storageClassName } });
});
afterAll(async () => {
  await rig?.close();
  await made?.close();
});

const next = 'b'.repeat(64);
const volumes = [{ name: 'data', path: '/data' }];

describe('a volume', () => {
  it('keeps what was written through a new version, parking and a lost pod, and goes with its deployment', async () => {
    const bare = rig.workload();
    await rig.serve(bare);
    // The version before had none: the way of its roll-out is another one, too.
    const wish = { ...bare, generation: 2, templateHash: next, template: { ...bare.template, volumes } };
    const [first] = (await rig.serve(wish)).instances;
    await rig.ask(first, '/write?path=/data/note&text=kept');

    const again = { ...wish, generation: 3, templateHash: 'c'.repeat(64) };
    const [second] = (await rig.serve(again)).instances;
    expect(second?.name).not.toBe(first?.name);
    expect(await rig.ask(second, '/read?path=/data/note')).toBe('kept');

    await rig.serve({ ...again, generation: 4, replicas: { fixed: 0 } });
    const [third] = (await rig.serve({ ...again, generation: 5 })).instances;
    expect(await rig.ask(third, '/read?path=/data/note')).toBe('kept');

    const space = namespaceName(wish.owner, wish.tenant);
    await rig.cluster.remove('Pod', space, third?.name ?? '');
    const found = await rig.until(
      wish,
      'has another one',
      ({ ready, instances }) => ready === 1 && instances.length === 1 && instances[0]?.name !== third?.name,
    );
    expect(await rig.ask(found.instances[0], '/read?path=/data/note')).toBe('kept');

    // Back to the version without: its roll-out is an ordinary one again, and the volume waits.
    await rig.serve({ ...bare, generation: 6 });
    expect(await rig.cluster.list('PersistentVolumeClaim', '', space)).toHaveLength(1);
    await rig.remove(wish);
    expect(await rig.cluster.list('PersistentVolumeClaim', '', space)).toEqual([]);
  });

  it('is refused to a second instance, which another node may have', async () => {
    const bare = rig.workload();
    const wish = { ...bare, template: { ...bare.template, volumes }, replicas: { fixed: 2 } };
    await expect(rig.driver.apply(wish, rig.call())).rejects.toMatchObject({ code: 'unsupported', retryable: false });
    expect(await rig.describe(wish.deploymentId)).toBeUndefined();
  });

  it('that the cluster cannot give is told, with why', async () => {
    const storageClassName = uniqueName('absent');
    const driver = rig.anotherDriver({ volumes: { storageClassName } });
    const wish = rig.workload({ template: { volumes } });
    await driver.apply(wish, rig.call());
    const found = await rig.until(wish, 'says why', ({ causes }) => /not found/.test(causes.join()));
    expect(found.causes).toEqual([
      expect.stringMatching(
        new RegExp(`volume is not there yet \\(.*"${storageClassName}" not found\\): give the driver`),
      ),
    ]);
    await rig.remove(wish);
  });

  it('needs the optional rights, and no others besides the shipped role', async () => {
    const account = await limitedAccount(rig.cluster);
    const shipped = await shippedRules('cluster-role.yaml');
    const { kubeconfig } = account;
    const options = { kubeconfig, volumes: { storageClassName: made.storageClassName } };
    await account.give(shipped);
    await expect(rig.anotherDriver(options).list({ owner: rig.owner }, rig.call())).rejects.toThrow(
      /lacks the verb "list" for "persistentvolumeclaims"/,
    );
    await account.give([...shipped, ...(await shippedRules('optional-volumes.yaml'))]);
    const driver = rig.anotherDriver(options);
    const wish = rig.workload({ template: { volumes } });
    await driver.apply(wish, rig.call());
    await rig.until(wish, 'serves', ({ ready }) => ready === 1);
    await driver.deleteWorkload(wish.deploymentId, rig.owned());
    await eventually('it is gone', async () => (await rig.describe(wish.deploymentId)) === undefined, later);
    await driver.close();
    await account.close();
  });
});

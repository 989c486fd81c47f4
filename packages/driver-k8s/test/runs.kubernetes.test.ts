import type { SandboxJob } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobObject, PodObject } from '../src/kube-objects.js';
import { label, namespaceName } from '../src/labels.js';
import { type KubernetesRig, kubernetesRig, later } from './kubernetes-rig.js';
import { sampleRun } from './sample-run.js';
import { uniqueName } from './test-cluster.js';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await kubernetesRig();
});
afterAll(() => rig?.close());

const ends = { env: { EXIT_CODE: '7' } };
const spaceOf = ({ spec }: SandboxJob) => namespaceName(spec.owner, spec.tenant);

describe('a run', () => {
  it('is kept with its outcome, and taken away by the cluster after its time', async () => {
    const [kept, short] = [
      sampleRun(rig.owner, rig.image, ends, 600_000),
      sampleRun(rig.owner, rig.image, ends, 600_000),
    ];
    await rig.driver.startRun?.(kept, rig.call());
    await rig.anotherDriver({ runs: { keepMs: 0 } }).startRun?.(short, rig.call());
    const find = async (job: SandboxJob) =>
      (await rig.driver.list({ owner: rig.owner }, rig.call())).instances.find(({ name }) => name === job.spec.name);
    const ended = await eventually(
      'it has ended',
      async () => {
        const found = await find(kept);
        return found?.state === 'exited' && found;
      },
      later,
    );
    expect(ended.exit?.code).toBe(7);
    await eventually('the other one is gone', async () => (await find(short)) === undefined, later);
    expect(await rig.cluster.get('Job', spaceOf(short), short.spec.name)).toBeUndefined();
    const job = await rig.cluster.get<JobObject>('Job', spaceOf(kept), kept.spec.name);
    expect(job?.spec).toMatchObject({ ttlSecondsAfterFinished: 3_600 });
    for (const { spec } of [kept, short]) await rig.driver.deleteWorkload(spec.deploymentId, rig.owned());
  });

  it('is in the RuntimeClass for runs, agents are in theirs', async () => {
    const runtimeClassName = uniqueName('moor-test');
    const classes = '/apis/node.k8s.io/v1/runtimeclasses';
    const request = { method: 'POST', path: classes, ...rig.call() } as const;
    await rig.cluster.client.json({ ...request, body: { metadata: { name: runtimeClassName }, handler: 'runc' } });
    try {
      const driver = rig.anotherDriver({ runs: { runtimeClassName } });
      const [job, wish] = [sampleRun(rig.owner, rig.image, ends, 600_000), rig.workload()];
      await driver.startRun?.(job, rig.call());
      await driver.apply(wish, rig.call());
      const classOf = async (deploymentId: string) => {
        const pods = () => rig.cluster.list<PodObject>('Pod', `${label.deployment}=${deploymentId}`);
        const [pod] = await eventually(
          'its pod runs or has ended',
          async () => {
            const found = await pods();
            return found[0]?.status?.phase !== 'Pending' && found.length > 0 && found;
          },
          later,
        );
        return (pod?.spec as { readonly runtimeClassName?: string } | undefined)?.runtimeClassName;
      };
      expect(await classOf(job.spec.deploymentId)).toBe(runtimeClassName);
      expect(await classOf(wish.deploymentId)).toBeUndefined();
      await rig.driver.deleteWorkload(job.spec.deploymentId, rig.owned());
      await rig.remove(wish);
    } finally {
      await rig.cluster.client.json({ method: 'DELETE', path: `${classes}/${runtimeClassName}`, ...rig.call() });
    }
  });
});

import type { SandboxJob } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get } from './kubernetes-harness.js';
import { type KubernetesRig, kubernetesRig, later } from './kubernetes-rig.js';
import { sampleRun } from './sample-run.js';
import { uniqueName } from './test-cluster.js';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await kubernetesRig();
});
afterAll(() => rig?.close());

describe('what only events tell', () => {
  it('is told of an agent whose health check answers with an error', async () => {
    const wish = rig.workload();
    await rig.driver.apply({ ...wish, health: { ...wish.health, path: '/absent' } }, rig.call());
    const found = await rig.until(wish, 'says why', ({ causes }) => causes.length > 0);
    expect(found.causes).toEqual([expect.stringMatching(/health check on port 8080: .*statuscode: 404/)]);
    await rig.remove(wish);
  });

  it('is told of an instance that was ended since it did not answer any more, with its last words', async () => {
    const wish = rig.workload();
    const [first] = (await rig.serve(wish)).instances;
    await rig.ask(first, '/log?stream=stdout&text=famous');
    const { host = '', port = 0 } = first?.endpoint ?? {};
    // It computes and answers nobody.
    const busy = get(host, port, '/cpu?ms=60000').catch(() => {});
    const found = await rig.until(wish, 'tells the end', ({ ended }) => ended.length > 0);
    expect(found.ended[0]).toMatchObject({ name: first?.name, exit: { oom: false } });
    expect(found.ended[0]?.exit.message).toMatch(/its health check had failed: .*(deadline|timeout|Timeout)/);
    await busy;
    await rig.remove(wish);
  });

  it('is told of a run that never ran', async () => {
    const runtimeClassName = uniqueName('absent');
    const driver = rig.anotherDriver({ runs: { runtimeClassName } });
    const job = sampleRun(rig.owner, rig.image, {}, 5_000);
    await driver.startRun?.(job, rig.call());
    const ended = await untilEnded(job);
    expect(ended.exit?.message).toMatch(new RegExp(`RuntimeClass "${runtimeClassName}" not found\\. Make it`));
    await driver.deleteWorkload(job.spec.deploymentId, rig.owned());
  });
});

function untilEnded(job: SandboxJob) {
  return eventually(
    'it has ended',
    async () => {
      const { instances } = await rig.driver.list({ owner: rig.owner }, rig.call());
      return instances.find(({ name, state }) => name === job.spec.name && state === 'exited');
    },
    later,
  );
}

import { isMoorageError } from '@moorage/core/driver';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freezePart, mendCluster, thawPart } from '../cluster-parts.js';
import { type KubernetesRig, kubernetesRig, later } from '../kubernetes-rig.js';

let rig: KubernetesRig;
beforeAll(async () => {
  rig = await kubernetesRig();
});
afterAll(async () => {
  await mendCluster();
  await rig?.close();
});

const codeOf = (thrown: unknown) => (isMoorageError(thrown) ? thrown.code : String(thrown));

describe('an API server that does not answer', () => {
  it('is told as unavailable, never as an empty cluster, while agents serve on; then all is as before', async () => {
    const wish = rig.workload();
    const before = await rig.serve(wish);
    const late = rig.workload();
    const seen: number[] = [];
    await freezePart('apiserver');
    try {
      const refusal = await eventually(
        'it is told',
        () =>
          rig.driver.describe({ owner: rig.owner }, rig.call()).then(
            ({ workloads }) => void seen.push(workloads.length),
            (thrown: unknown) => codeOf(thrown),
          ),
        later,
      );
      expect(refusal).toBe('unavailable');
      expect(await rig.ask(before.instances[0], '/health')).toContain('ok');
      const call = { signal: AbortSignal.timeout(15_000) };
      const refused = await rig.driver.apply(late, call).catch((thrown: unknown) => codeOf(thrown));
      expect(['unavailable', 'timeout']).toContain(refused);
    } finally {
      await thawPart('apiserver');
    }
    expect(seen.every((count) => count === 1)).toBe(true);
    const after = await eventually('it answers again', () => rig.describe(wish.deploymentId).catch(() => false), later);
    expect(after).toEqual(before);
    await rig.serve(late);
    await rig.remove(late);
    await rig.remove(wish);
  });
});

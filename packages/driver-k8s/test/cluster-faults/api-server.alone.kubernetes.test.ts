import { scheduler } from 'node:timers/promises';
import type { DeploymentHandle } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freezePart, killPart, mendCluster, thawPart } from '../cluster-parts.js';
import { type FaultHost, faultHost, longTest, patience, readyIn } from '../fault-host.js';
import type { LimitedAccount } from '../limited-account.js';
import { shippedRole } from '../shipped-role.js';
import { testCluster } from '../test-cluster.js';

/** So long nobody answers. */
const awayMs = 30_000;

let role: LimitedAccount;
let closeRole: () => Promise<void>;
beforeAll(async () => {
  const cluster = await testCluster();
  closeRole = async () => {
    await role?.close();
    await cluster.close();
  };
  role = await shippedRole(cluster);
});
afterAll(async () => {
  await mendCluster();
  await closeRole?.();
});

const ways = [
  { how: 'stands still', stop: () => freezePart('apiserver'), start: () => thawPart('apiserver') },
  // One that is only just starting knows nobody's rights yet: what the role may do is refused for a moment.
  { how: 'is killed', stop: () => killPart('apiserver'), start: mendCluster },
];

it.each(ways)(
  'an API server that $how: agents serve on, wishes are taken and carried out later',
  longTest,
  async ({ stop, start }) => {
    const fault = await faultHost(() => ({ kubeconfig: role.kubeconfig }));
    const { host, deploy, pods } = fault;
    try {
      const [steady, old, doomed] = await Promise.all([
        deploy('steady', { replicas: 2 }),
        deploy('old'),
        deploy('doomed'),
      ]);
      for (const handle of [steady, old, doomed]) await handle.ready(readyIn);
      const served = Date.now();
      const before = await pods(steady);
      const changedBefore = (await fault.changes(steady)).length;

      const begun = await deploy('begun', { replicas: 2 });
      await fault.update(old, '2', 8_000);
      await eventually(
        'both are under way',
        async () => (await pods(begun)).length > 0 && (await pods(old)).length > 1,
        patience,
      );
      await stop();
      const until = performance.now() + awayMs;
      const late = await deploy('late');
      await doomed.remove();
      await seenAway(fault);
      expect((await host.list()).items).toHaveLength(5);
      await serves(fault, [steady, old], until);
      expect(await host.check()).toMatchObject({ ready: false });
      await start();

      await fault.answersAgain();
      for (const handle of [begun, old, late]) await handle.ready(readyIn);
      await doomed.gone(readyIn);
      expect(await fault.versionAt(old)).toBe('2');
      expect(await pods(steady)).toEqual(before);
      // Where all of this takes too long for the cluster itself, it says so of its node.
      const changes = (await fault.changes(steady)).slice(changedBefore);
      expect(
        changes.filter((cause) => !/Its node .* does not answer|^2 of 2 instances are ready$/.test(cause)),
      ).toEqual([]);
      for (const handle of [begun, late]) expect(await fault.told(handle)).not.toContain('deployment-failed');
      const checks = await steady.healthChecks(1_000);
      expect(checks.filter(({ status, checkedAt }) => status === 'error' && checkedAt >= served)).toEqual([]);
      await fault.atRest([
        [steady, 2],
        [begun, 2],
        [old, 1],
        [late, 1],
      ]);
    } finally {
      await mendCluster();
      await fault.close();
    }
  },
);

const seenAway = ({ host }: FaultHost) =>
  eventually(
    'the host says that the cluster is away',
    async () => {
      const { ready, problems } = await host.check();
      return !ready && problems.some((problem) => /^The engine does not answer: .*does not answer/.test(problem));
    },
    patience,
  );

/** Every request until then is answered. */
async function serves(fault: FaultHost, handles: readonly DeploymentHandle[], untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    for (const handle of handles) expect(await fault.versionAt(handle)).toBe('1');
    await scheduler.wait(250);
  }
}

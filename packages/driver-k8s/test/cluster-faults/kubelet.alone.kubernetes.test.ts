import type { DeploymentHandle } from '@moorage/core';
import { eventually } from '@moorage/core/testing';
import { afterAll, expect, it } from 'vitest';
import { freezePart, mendCluster, thawPart } from '../cluster-parts.js';
import { faultHost, longTest, patience, readyIn } from '../fault-host.js';

afterAll(() => mendCluster());

const says = (handle: DeploymentHandle, words: RegExp) =>
  eventually(`${handle.agentId} says ${words}`, async () => words.test((await handle.view()).reason), patience);

it(
  'a node that is silent for a while: told as the cause, agents serve on, no second set of pods',
  longTest,
  async () => {
    const fault = await faultHost();
    const { host, deploy, pods } = fault;
    try {
      const steady = await deploy('steady', { replicas: 2 });
      await steady.ready(readyIn);
      const before = await pods(steady);
      const toldBefore = await fault.told(steady);
      await freezePart('kubelet');
      // The cluster itself waits a while before it gives a node up, 50 s by default.
      await says(steady, /^0 of 2 instances are ready: Its node "[^"]+" does not answer/);
      const late = await deploy('late');
      await says(late, /^0 of 1 instances are ready: No node can take it/);
      expect(await host.check()).toMatchObject({ ready: true });
      expect(await fault.versionAt(steady)).toBe('1');
      expect(await pods(steady)).toEqual(before);
      await thawPart('kubelet');

      await says(steady, /^2 of 2 instances are ready$/);
      await late.ready(readyIn);
      expect(await fault.versionAt(late)).toBe('1');
      expect(await pods(steady)).toEqual(before);
      // Down once, up once.
      const told = (await fault.told(steady)).slice(toldBefore.length);
      expect(told).toEqual(['deployment-degraded', 'deployment-ready']);
      await fault.atRest([
        [steady, 2],
        [late, 1],
      ]);
    } finally {
      await mendCluster();
      await fault.close();
    }
  },
);

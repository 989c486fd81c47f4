import { eventually } from '@moorage/core/testing';
import { afterAll, expect, it } from 'vitest';
import { freezePart, mendCluster, thawPart } from '../cluster-parts.js';
import { faultHost, longTest, patience, readyIn } from '../fault-host.js';

afterAll(() => mendCluster());

it(
  'a metrics server that stands still: told as the cause, nothing scales, nothing else changes',
  longTest,
  async () => {
    const fault = await faultHost();
    const { host, deploy, pods } = fault;
    try {
      const scaling = { min: 1, max: 3, targets: [{ metric: 'cpu' as const, value: 80 }] };
      const [steady, scaled] = await Promise.all([
        deploy('steady', { replicas: 2 }),
        deploy('scaled', { runtime: { resources: { cpu: 0.2 }, scaling } }),
      ]);
      for (const handle of [steady, scaled]) await handle.ready(readyIn);
      const figure = async () => (await steady.view()).instances[0]?.usage?.memoryBytes;
      await eventually('usage is measured', async () => Number(await figure()) > 0, patience);
      await eventually(
        'it can be scaled',
        async () => (await scaled.view()).reason === '1 of 1 instances are ready',
        patience,
      );
      const before = [await pods(steady), await pods(scaled)];
      const toldBefore = [await fault.told(steady), await fault.told(scaled)];

      await freezePart('metrics-server');
      await eventually(
        'the host says why there are no figures',
        async () =>
          (await host.check()).problems.some((problem) => /^Usage is not measured: .*metrics API/.test(problem)),
        patience,
      );
      await eventually(
        'why nothing scales is told',
        async () => /Autoscaling stands still \(FailedGetResourceMetric\)/.test((await scaled.view()).reason),
        patience,
      );
      expect((await host.check()).ready).toBe(true);
      expect(await figure()).toBeUndefined();
      await expect(steady.usage()).rejects.toMatchObject({ code: 'unavailable' });
      expect([steady.phase, scaled.phase]).toEqual(['ready', 'ready']);
      for (const handle of [steady, scaled]) expect(await fault.versionAt(handle)).toBe('1');
      await thawPart('metrics-server');

      await eventually('usage is measured again', async () => Number(await figure()) > 0, patience);
      await eventually(
        'it scales again',
        async () => (await scaled.view()).reason === '1 of 1 instances are ready',
        patience,
      );
      expect([await pods(steady), await pods(scaled)]).toEqual(before);
      expect([await fault.told(steady), await fault.told(scaled)]).toEqual(toldBefore);
      await fault.atRest([
        [steady, 2],
        [scaled, 1],
      ]);
    } finally {
      await mendCluster();
      await fault.close();
    }
  },
);

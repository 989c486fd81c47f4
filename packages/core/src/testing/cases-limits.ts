import assert from 'node:assert/strict';
import type { ObservedInstance } from '../model/instance.js';
import type { Resources } from '../model/template.js';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceSuite } from './conformance-suite.js';
import { expectError } from './expect-error.js';

const mebibyte = 1024 * 1024;

/** Limits hold, seen from inside; one that cannot hold is refused. Container level. */
export function limitCases(suite: ConformanceSuite): void {
  suite.group('limits', () => {
    limitCase(suite, 'memory', { memoryBytes: 128 * mebibyte }, async (rig, instance) => {
      // The answer may be lost with the process; its end is what counts.
      await rig.get(instance, '/memory?mb=512').catch(() => {});
      const { exit } = await rig.until(instance.name, 'ended', ({ state }) => state === 'exited');
      if (rig.harness.reportsOom ?? true) assert.equal(exit?.oom, true, JSON.stringify(exit));
      else assert.notEqual(exit?.code, 0);
    });

    limitCase(suite, 'cpu', { cpuMillis: 250 }, async (rig, instance) => {
      const { wallMs, cpuMs } = JSON.parse(await rig.get(instance, '/cpu?ms=1500'));
      // A quarter of a core, and as much again for the engine's accounting periods.
      assert.ok(cpuMs / wallMs < 0.5, `${cpuMs} ms of CPU in ${wallMs} ms`);
    });

    limitCase(suite, 'pids', { pids: 32 }, async (rig, instance) => {
      const worked = Number(await rig.get(instance, '/fork?n=8'));
      assert.ok(worked < 8, `${worked} of 8 children, of some ten threads each, ran within 32`);
    });

    limitCase(suite, 'disk', { diskBytes: 64 * mebibyte }, async (rig, instance) => {
      await rig.get(instance, `/write?path=/small&bytes=${mebibyte}`);
      const path = `/write?path=/big&bytes=${128 * mebibyte}`;
      const { status } = await rig.harness.request(instance.endpoint ?? { host: '', port: 0 }, path);
      assert.equal(status, 500, 'twice the limit cannot be written');
    });
  });
}

/** Without this there is nothing to write to, whatever the limit. */
const diskWriter = { readOnlyRoot: false, user: '0:0' };

function limitCase(
  { test }: ConformanceSuite,
  kind: 'cpu' | 'memory' | 'pids' | 'disk',
  limit: Partial<Resources>,
  holds: (rig: ConformanceRig, instance: ObservedInstance) => Promise<void>,
): void {
  test(`of ${kind} hold, or are refused as unsupported`, async (rig) => {
    const none = { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined };
    const spec = await rig.spec({ resources: { ...none, ...limit }, ...(kind === 'disk' && diskWriter) });
    if (rig.driver.capabilities.limits[kind]) {
      const instance = await rig.serve(spec);
      if (rig.harness.realProcesses) await holds(rig, instance);
      return;
    }
    const refusal = await expectError(rig.container.create(spec, rig.call()), 'unsupported');
    assert.equal(refusal.retryable, false);
    assert.deepEqual(await rig.list(), []);
  });
}

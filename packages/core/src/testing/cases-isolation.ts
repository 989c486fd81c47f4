import assert from 'node:assert/strict';
import type { TemplateSource } from '../model/template.js';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceSuite } from './conformance-suite.js';
import { expectError } from './expect-error.js';

/** Walls hold, or whoever asks for them is refused. Container level. */
export function isolationCases({ group, test }: ConformanceSuite): void {
  group('isolation', () => {
    test('an agent that needs a wall around its tenant gets one, or is refused', async (rig) => {
      const spec = await rig.spec({ isolated: true });
      if (rig.driver.capabilities.isolation) return tenantsAreApart(rig);
      const refusal = await expectError(rig.container.create(spec, rig.call()), 'unsupported');
      assert.match(refusal.message, /isolat/i);
      assert.deepEqual(await rig.list(), []);
    });

    test('egress "none" is enforced, or refused', async (rig) => {
      const spec = await rig.spec({ egress: 'none' });
      if (rig.driver.capabilities.egressControl) return egressIsClosed(rig, { ...spec });
      await expectError(rig.container.create(spec, rig.call()), 'unsupported');
      assert.deepEqual(await rig.list(), []);
    });

    test('an agent runs as the user it asks for, and cannot write its root', async (rig) => {
      if (!rig.driver.capabilities.isolation || !rig.harness.realProcesses) return;
      const instance = await rig.serve({ user: '12345:23456', readOnlyRoot: true });
      assert.deepEqual(JSON.parse(await rig.get(instance, '/id')), { uid: 12345, gid: 23456 });
      const answer = await rig.harness.request(
        instance.endpoint ?? { host: '', port: 0 },
        '/write?path=/intruder&text=x',
      );
      assert.equal(answer.status, 500);
    });

    for (const source of sources) {
      test(`a source of kind "${source.kind}" is run, or refused`, async (rig) => {
        if (rig.driver.capabilities.sources.includes(source.kind)) {
          // Its running is what every other case is about; here the harness has to use what the driver claims.
          const { source: used } = await rig.harness.sourceOf('server');
          return assert.ok(rig.driver.capabilities.sources.includes(used.kind));
        }
        const spec = await rig.spec({ source, command: undefined });
        const refusal = await expectError(rig.container.create(spec, rig.call()), 'unsupported');
        assert.equal(refusal.retryable, false);
        assert.deepEqual(await rig.list(), []);
      });
    }
  });
}

async function tenantsAreApart(rig: ConformanceRig): Promise<void> {
  const mine = await rig.serve({ isolated: true, tenant: 'tenant-a' });
  if (!rig.harness.realProcesses) return;
  const theirs = await rig.serve({ isolated: true, tenant: 'tenant-b' });
  const port = JSON.parse(await rig.get(theirs, '/env?name=PORT'));
  const addresses: string[] = JSON.parse(await rig.get(theirs, '/addresses'));
  assert.ok(addresses.length > 0, 'the agent has an address');
  for (const host of addresses) {
    const path = `/reach?host=${host}&port=${port}`;
    assert.equal(await rig.get(theirs, path), 'yes', 'it is its address');
    assert.match(await rig.get(mine, path), /^no /, `${host} is out of reach`);
  }
}

const sources: readonly TemplateSource[] = [
  { kind: 'image', image: 'conformance:1' },
  { kind: 'build', image: 'conformance:1', context: '/nowhere', dockerfile: 'Dockerfile' },
  { kind: 'program', language: 'node', version: undefined, entrypoint: '/nowhere/agent.mjs' },
];

async function egressIsClosed(rig: ConformanceRig, spec: Awaited<ReturnType<ConformanceRig['spec']>>): Promise<void> {
  const closed = await rig.serve(spec);
  const outside = await rig.having('outside')?.outside();
  if (!outside) return;
  try {
    const path = `/reach?host=${outside.host}&port=${outside.port}`;
    const open = await rig.serve({ egress: 'internet' });
    assert.equal(await rig.get(open, path), 'yes', 'the listener is there');
    assert.match(await rig.get(closed, path), /^no /);
  } finally {
    await outside.close();
  }
}

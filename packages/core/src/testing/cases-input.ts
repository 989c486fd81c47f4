import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { ObservedInstance } from '../model/instance.js';
import type { ConformanceRig } from './conformance-rig.js';
import type { ConformanceSuite } from './conformance-suite.js';

/** Odd input arrives as it was given; secrets arrive, and show nowhere else. */
export function inputCases({ level, group, test }: ConformanceSuite): void {
  group('input', () => {
    test('variables arrive as they were given: unicode, quotes, line ends, empty, and 60 000 bytes', async (rig) => {
      const env = {
        UNICODE: 'Grüße 漢字 🚢',
        QUOTES: `"double" 'single' \\back $HOME \`tick\` %PATH%`,
        LINES_AND_TABS: 'one\ntwo\tthree\r\n',
        EMPTY: '',
        EQUALS: 'a=b=c',
        SPACES: '  around  ',
        LONG: 'x'.repeat(60_000),
      };
      const instance = await rig.serve({ env });
      for (const [name, value] of Object.entries(env)) assert.equal(await variable(rig, instance, name), value, name);
    });

    test('a tenant comes back as it was given: unicode, quotes, 300 characters', async (rig) => {
      const tenant = `Müller & Söhne "漢字" 🚢 'x' = , ; ${'t'.repeat(280)}`.slice(0, 300);
      const agentId = `agent.${'a'.repeat(247)}`;
      const found = await rig.run({ tenant, agentId });
      assert.equal(found.tenant, tenant);
    });

    test('an owner does not see one whose id begins with its own', async (rig) => {
      const longer = rig.anotherOwner();
      await rig.run({ owner: longer });
      assert.deepEqual(await rig.list(longer.slice(0, -1)), []);
    });

    test('secrets arrive in the agent, and are in no list, log or usage', async (rig) => {
      const instance = await rig.serve({ secretEnv: { API_KEY: 'swordfish "€"\nsecond line' }, env: { LINES: '1' } });
      assert.equal(await variable(rig, instance, 'API_KEY'), 'swordfish "€"\nsecond line');
      const seen: unknown[] = [await rig.list()];
      if (rig.driver.logs) for await (const line of rig.driver.logs(instance.name, rig.logsCall())) seen.push(line);
      if (rig.driver.usage) seen.push(await rig.driver.usage([instance.name], rig.scoped()));
      if (rig.driver.level === 'workload') seen.push(await rig.driver.describe({ owner: rig.owner }, rig.call()));
      assert.ok(!show(seen).includes('swordfish'));
    });

    if (level === 'workload') return;

    test('secrets are in no error and no progress', async (rig) => {
      const harness = rig.having('missingSource');
      if (!harness) return;
      const spec = await rig.spec({ source: harness.missingSource(), secretEnv: { API_KEY: 'swordfish-2' } });
      const progress: string[] = [];
      const call = { ...rig.call(), onProgress: (message: string) => void progress.push(message) };
      const thrown = await rig.container.create(spec, call).catch((error: unknown) => error);
      assert.ok(thrown instanceof Error);
      assert.ok(!show(thrown).includes('swordfish'));
      assert.ok(!show(progress).includes('swordfish'));
    });

    test('a name as long as it may be is taken', async (rig) => {
      const deploymentId = `d-${'z'.repeat(43)}`;
      const spec = await rig.spec({ deploymentId });
      const name = `${spec.name}${'0'.repeat(63 - spec.name.length)}`;
      const found = await rig.serve({ ...spec, name });
      assert.equal(found.name, name);
      assert.equal(found.deploymentId, deploymentId);
    });

    test('arguments arrive as they were given', async (rig) => {
      const { command, ...spec } = await rig.spec();
      // Without a command the source brings its own, and there is nothing to add to.
      if (command === undefined) return assert.ok(await rig.answers(await rig.serve(spec)));
      const words = ['two words', '"quoted"', '$HOME', 'ü 漢', '--flag=1', ''];
      const instance = await rig.serve({ ...spec, command: [...command, ...words] });
      assert.deepEqual(JSON.parse(await rig.get(instance, '/argv')).slice(-words.length), words);
    });
  });
}

async function variable(rig: ConformanceRig, instance: ObservedInstance, name: string): Promise<unknown> {
  return JSON.parse(await rig.get(instance, `/env?name=${name}`));
}

/** As a logger would print it: causes, hidden fields and all. */
function show(value: unknown): string {
  return inspect(value, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
}

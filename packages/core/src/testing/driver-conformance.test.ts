import { MoorageError } from '@moorage/protocol/base';
import { describe, expect, it } from 'vitest';
import { memoryClock } from '../memory/memory-clock.js';
import { type MemoryDriver, memoryDriver } from '../memory/memory-driver.js';
import { memoryEngine } from '../memory/memory-engine.js';
import type { ContainerDriver } from '../ports/driver.js';
import { driverConformance } from './driver-conformance.js';
import { memoryHarness } from './memory-harness.js';

/** Runs the suite as a runner would, against a memory driver that was spoilt; gives the names of the failed cases. */
async function failuresOf(spoil: (driver: MemoryDriver) => Partial<ContainerDriver>, only?: RegExp): Promise<string[]> {
  const clock = memoryClock();
  const engine = memoryEngine({ clock });
  const cases: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  const path: string[] = [];
  driverConformance({
    describe(name, body) {
      path.push(name);
      body();
      path.pop();
    },
    it: (name, body) => void cases.push({ name: [...path.slice(1), name].join(': '), body }),
    makeHarness: async () =>
      memoryHarness({
        engine,
        clock,
        makeDriver() {
          const driver = memoryDriver({ engine });
          return { ...driver, ...spoil(driver) };
        },
      }),
  });
  const failed: string[] = [];
  for (const { name, body } of cases.filter((one) => only?.test(one.name) ?? true)) {
    await body().catch(() => failed.push(name));
  }
  return failed;
}

describe('driverConformance', () => {
  it('has at least 70 cases for the container level, each with a name of its own', () => {
    const names: string[] = [];
    let group = '';
    driverConformance({
      describe(name, body) {
        group = name;
        body();
      },
      it: (name) => void names.push(`${group}: ${name}`),
      makeHarness: () => Promise.reject(new Error('not needed')),
    });
    expect(names.length).toBeGreaterThanOrEqual(70);
    expect(new Set(names).size).toBe(names.length);
  });

  it('fails every case when there is no engine', async () => {
    const outcomes: Promise<unknown>[] = [];
    driverConformance({
      describe: (_, body) => body(),
      it: (_, body) => void outcomes.push(body()),
      afterAll: () => {},
      makeHarness: () => Promise.reject(new MoorageError('unavailable', 'no engine here')),
    });
    const settled = await Promise.allSettled(outcomes);
    expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['rejected']));
  });

  it('finds a list that is empty when the engine does not answer', async () => {
    const failed = await failuresOf(
      (driver) => ({
        list: (scope, call) =>
          driver.list(scope, call).catch((error: MoorageError) => {
            if (error.code !== 'unavailable') throw error;
            return { engine: 'memory', instances: [] };
          }),
      }),
      /^faults/,
    );
    expect(failed.filter((name) => name.includes('never an empty list')).length).toBe(2);
  });

  it('finds a list that shows what others have', async () => {
    const failed = await failuresOf(
      ({ engine, list }) => ({
        async list(scope, call) {
          const mine = await list(scope, call);
          const all = [...engine.inside.world.instances.values()].map(({ spec }) => spec.owner);
          const others = await Promise.all([...new Set(all)].map((owner) => list({ owner }, call)));
          return { ...mine, instances: others.flatMap(({ instances }) => instances) };
        },
      }),
      /^list: does not see/,
    );
    expect(failed).toEqual(['list: does not see what belongs to another owner']);
  });

  it("finds a remove that takes another owner's instance", async () => {
    const failed = await failuresOf(
      ({ engine }) => ({ remove: async (name) => engine.removeByHand(name) }),
      /^remove: leaves|^remove: removes nothing/,
    );
    expect(failed).toContain("remove: leaves another owner's instance alone");
    expect(failed).toContain('remove: removes nothing when its signal is aborted already');
  });

  it('finds a create that starts anew what is there', async () => {
    const failed = await failuresOf(
      ({ engine, create }) => ({
        async create(spec, call) {
          if (engine.inside.world.instances.get(spec.name)?.spec.owner === spec.owner) engine.removeByHand(spec.name);
          await create(spec, call);
        },
      }),
      /^create: (changes nothing|leaves)/,
    );
    expect(failed.length).toBe(3);
  });

  it('finds usage that is 0 where nothing is measured', async () => {
    const failed = await failuresOf(
      ({ usage }) => ({
        usage: async (names, call) =>
          ((await usage?.(names, call)) ?? []).map((sample) => ({ ...sample, diskBytes: 0 })),
      }),
      /^usage: measures/,
    );
    expect(failed.length).toBe(1);
  });

  it('finds a secret in a list', async () => {
    const failed = await failuresOf(
      ({ engine, list }) => ({
        async list(scope, call) {
          const found = await list(scope, call);
          const withSpec = found.instances.map((instance) => ({
            ...instance,
            labels: engine.inside.world.instances.get(instance.name)?.spec.secretEnv,
          }));
          return { ...found, instances: withSpec };
        },
      }),
      /^input: secrets arrive/,
    );
    expect(failed.length).toBe(1);
  });

  it('finds what is left on the engine', async () => {
    const failed = await failuresOf(
      ({ remove }) => ({ remove: (name, call) => remove(name, { ...call, purge: false }) }),
      /^volumes: go with/,
    );
    expect(failed.length).toBe(1);
  });
});

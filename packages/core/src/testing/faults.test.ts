import { isMoorageError } from '@moorage/protocol/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryClock } from '../memory/memory-clock.js';
import { memoryDriver } from '../memory/memory-driver.js';
import { memoryEngine } from '../memory/memory-engine.js';
import { memoryStore } from '../memory/memory-store.js';
import { seededRandom } from '../memory/seeded-random.js';
import { conformanceRig } from './conformance-rig.js';
import { withFaults } from './fault-driver.js';
import { withStoreFaults } from './fault-store.js';
import type { FaultKind } from './faults.js';
import { memoryHarness } from './memory-harness.js';

async function faulty(kind: FaultKind, rate = 1) {
  const clock = memoryClock();
  const engine = memoryEngine({ clock });
  const plain = memoryDriver({ engine });
  const rig = await conformanceRig(memoryHarness({ engine, clock, makeDriver: () => plain }), 'container');
  const seen: string[] = [];
  const driver = withFaults(plain, {
    clock,
    random: seededRandom(3),
    rate,
    kinds: [kind],
    onFault: (operation, what) => void seen.push(`${operation} ${what}`),
  });
  return { clock, engine, rig, driver, seen, spec: await rig.spec() };
}

const codeOf = (error: unknown): string => (isMoorageError(error) ? error.code : String(error));

describe('withFaults', () => {
  it('fails before the effect: nothing was made', async () => {
    const { driver, rig, spec, seen } = await faulty('before');
    expect(await driver.create(spec, rig.call()).catch(codeOf)).toBe('unavailable');
    expect(await rig.list()).toEqual([]);
    expect(seen).toEqual(['create before']);
  });

  it('fails after the effect: it was made', async () => {
    const { driver, rig, spec } = await faulty('after');
    expect(await driver.create(spec, rig.call()).catch(codeOf)).toBe('unavailable');
    expect((await rig.list()).map(({ name }) => name)).toEqual([spec.name]);
  });

  it('comes late, and all is well then', async () => {
    const { driver, rig, spec, clock } = await faulty('late');
    const creating = driver.create(spec, rig.call());
    expect(await rig.list()).toEqual([]);
    await clock.advance(2_000);
    await creating;
    expect((await rig.list()).length).toBe(1);
  });

  it('answers what was true when it was asked', async () => {
    const { driver, rig, spec, clock } = await faulty('stale');
    const listing = driver.list({ owner: rig.owner }, rig.call());
    await rig.container.create(spec, rig.call());
    await clock.advance(2_000);
    expect((await listing).instances).toEqual([]);
  });

  it('hangs until it is aborted', async () => {
    const { driver, rig, spec, clock } = await faulty('hang');
    const controller = new AbortController();
    const creating = driver.create(spec, rig.call(controller.signal)).catch(codeOf);
    await clock.advance(60_000);
    controller.abort();
    expect(await creating).toBe('cancelled');
    expect(await rig.list()).toEqual([]);
  });

  it('loses or doubles hints, and breaks logs off', async () => {
    const { driver, rig, spec, clock, engine, seen } = await faulty('before');
    let hints = 0;
    driver.watch?.({ owner: rig.owner }, () => {
      hints += 1;
    });
    await rig.container.create(spec, rig.call());
    await clock.advance(0);
    expect(hints).toBe(2 * seen.filter((line) => line === 'watch doubled').length);
    expect(seen.filter((line) => line.startsWith('watch')).length).toBeGreaterThan(0);
    for (let line = 0; line < 5; line += 1) engine.logLine(spec.name, `line ${line}`);
    const read = async () => {
      for await (const _ of driver.logs?.(spec.name, rig.logsCall()) ?? []);
    };
    expect(await read().catch(codeOf)).toBe('unavailable');
  });

  it('lets everything through when it is switched off, and counts', async () => {
    const { driver, rig, spec } = await faulty('before');
    await driver.create(spec, rig.call()).catch(codeOf);
    driver.faults.off();
    await driver.create(spec, rig.call());
    expect(driver.faults.count).toBe(1);
    driver.faults.on();
    expect(await driver.create(spec, rig.call()).catch(codeOf)).toBe('unavailable');
  });

  it('does the same again from the same seed', async () => {
    const history = async (seed: number) => {
      const clock = memoryClock();
      const seen: string[] = [];
      const driver = withFaults(memoryDriver({ clock }), {
        clock,
        random: seededRandom(seed),
        rate: 0.5,
        onFault: (operation, kind) => void seen.push(`${operation} ${kind}`),
      });
      for (let call = 0; call < 20; call += 1) {
        const controller = new AbortController();
        const listing = driver.list({ owner: 'o' }, { signal: controller.signal }).catch(codeOf);
        await clock.advance(2_000);
        controller.abort();
        await listing;
      }
      return seen;
    };
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const first = await history(seed);
        expect(await history(seed)).toEqual(first);
      }),
      { seed: 11, numRuns: 10 },
    );
    expect(await history(1)).not.toEqual(await history(2));
  });
});

describe('withStoreFaults', () => {
  it('fails calls before or after their effect, never hangs, and keeps what the store says', async () => {
    const clock = memoryClock();
    const plain = memoryStore({ clock, random: seededRandom(1) });
    const seen: string[] = [];
    const store = withStoreFaults(plain, {
      clock,
      random: seededRandom(5),
      rate: 0.6,
      onFault: (_, kind) => void seen.push(kind),
    });
    const owner = await plain.owner();
    let refused = 0;
    for (let call = 0; call < 60; call += 1) {
      const asking = store.owner().catch(codeOf);
      await clock.advance(2_000);
      const answer = await asking;
      if (answer === 'unavailable') refused += 1;
      else expect(answer).toBe(owner);
    }
    expect(refused).toBe(seen.filter((kind) => kind === 'before' || kind === 'after').length);
    expect(new Set(seen)).toEqual(new Set(['before', 'after', 'late', 'stale']));
    store.faults.off();
    expect(await store.owner()).toBe(owner);
  });
});

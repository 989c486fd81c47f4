import { describe, expect, it } from 'vitest';
import { storeConformance } from '../testing/store-conformance.js';
import { create, sampleDesired } from '../testing/store-conformance-kit.js';
import { memoryClock } from './memory-clock.js';
import { memoryStore } from './memory-store.js';
import { seededRandom } from './seeded-random.js';

const clock = memoryClock();
const random = seededRandom(1);

storeConformance({
  describe,
  it,
  makeStore: async () => memoryStore({ clock, random }),
  twoHandles: async () => {
    const store = memoryStore({ clock, random });
    return [store, store.open()];
  },
  reopen: async (store) => {
    const again = (store as ReturnType<typeof memoryStore>).open();
    await store.close();
    return again;
  },
  advance: (ms) => clock.advance(ms),
});

describe('memoryStore', () => {
  it('keeps no more events than its limit for long, and refuses cursors before them', async () => {
    const store = memoryStore({ clock, random, limits: { events: 100 } });
    const first = await store.latestCursor();
    for (let index = 0; index < 200; index += 1) await create(store, sampleDesired());
    const { items } = await store.events({ limit: 1000 });
    expect(items.length).toBeGreaterThanOrEqual(100);
    expect(items.length).toBeLessThanOrEqual(126);
    await expect(store.events({ after: first })).rejects.toMatchObject({ code: 'not_found' });
    expect(items.at(-1)?.cursor).toBe(await store.latestCursor());
  });

  it('keeps the newest records of each kind within its limits', async () => {
    const store = memoryStore({ clock, random, limits: { healthChecksPerDeployment: 10, usage: 10 } });
    const check = { deploymentId: 'd-1', instance: 'i', status: 'ok', responseTimeMs: 1 } as const;
    for (let index = 1; index <= 95; index += 1) {
      await store.addHealthChecks([{ ...check, load: undefined, errorMessage: undefined, checkedAt: index }]);
      await store.addUsage([
        { id: `${index}`, tenant: 't', agentId: 'a', action: 'x', durationMs: 1, at: clock.now() },
      ]);
    }
    const checks = await store.healthChecks('d-1', 1000);
    expect(checks.length).toBeGreaterThanOrEqual(10);
    expect(checks.length).toBeLessThan(20);
    expect(checks[0]?.checkedAt).toBe(95);
    const usage = (await store.usage({})).items;
    expect(usage.length).toBeGreaterThanOrEqual(10);
    expect(usage.length).toBeLessThan(14);
    expect(usage.at(-1)?.id).toBe('95');
  });
});

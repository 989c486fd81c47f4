import { describe, expect, it } from 'vitest';
import { change, create, sampleDesired } from '../testing/store-conformance-kit.js';
import { memoryClock } from './memory-clock.js';
import { memoryStore } from './memory-store.js';
import { seededRandom } from './seeded-random.js';

describe('a backup of a memory store', () => {
  it('brings back what was there, and forgets what came after, as often as it is asked', async () => {
    const store = memoryStore({ clock: memoryClock(), random: seededRandom(1) });
    const kept = sampleDesired();
    const first = await create(store, kept);
    const cursor = await store.latestCursor();
    const restore = store.backup();

    for (let turn = 0; turn < 2; turn += 1) {
      const later = sampleDesired();
      await create(store, later);
      await store.commit(change({ ...kept, replicas: 5, generation: 2 }, first.revision));
      expect((await store.read(kept.id))?.desired.replicas).toBe(5);
      restore();
      expect(await store.read(later.id)).toBeUndefined();
      expect((await store.read(kept.id))?.desired).toEqual(kept);
      expect((await store.read(kept.id))?.revision).toBe(first.revision);
      expect(await store.latestCursor()).toBe(cursor);
      expect(await store.audit(later.id)).toEqual([]);
    }
  });
});

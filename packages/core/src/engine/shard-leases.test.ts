import { MoorageError } from '@moorage/protocol/base';
import { expect, it } from 'vitest';
import { memoryClock } from '../memory/memory-clock.js';
import { memoryStore } from '../memory/memory-store.js';
import { seededRandom } from '../memory/seeded-random.js';
import { shardCount } from '../model/shard-count.js';
import type { Store } from '../ports/store.js';
import { safeLogger } from './safe-logger.js';
import { createShardLeases } from './shard-leases.js';

const leaseMs = 10_000;
const allShards = Array.from({ length: shardCount }, (_, shard) => shard);

/** A host alone on a store that can be cut off from it. `memory`: shards of which it remembers something. */
function cutOffHost() {
  const clock = memoryClock();
  const data = memoryStore({ clock, random: seededRandom(1) });
  const way = { isCut: false };
  const store: Store = {
    ...data,
    async acquireLeases(...args) {
      if (way.isCut) throw new MoorageError('unavailable', 'The store does not answer');
      return data.acquireLeases(...args);
    },
  };
  const memory = new Set<number>();
  const leases = createShardLeases({
    ...{ store, clock, leaseMs, hostId: 'h-1', logger: safeLogger(undefined) },
    onGained: () => {},
    onLost: (shards) => {
      for (const shard of shards) memory.delete(shard);
    },
  });
  return { clock, data, way, memory, leases };
}

it('forgets what it knew of a shard that another host had in between', async () => {
  const { clock, data, way, memory, leases } = cutOffHost();
  await leases.renew();
  for (const shard of leases.held()) memory.add(shard);
  way.isCut = true;
  await clock.advance(leaseMs + 1_000);
  await data.acquireLeases('h-2', [3, 4], leaseMs);
  await data.releaseLeases('h-2');
  way.isCut = false;
  await clock.advance(leaseMs);
  expect(leases.held()).toEqual(allShards);
  expect(allShards.filter((shard) => !memory.has(shard))).toEqual([3, 4]);
  await leases.close();
});

it('forgets nothing when only the store was away', async () => {
  const { clock, way, memory, leases } = cutOffHost();
  await leases.renew();
  for (const shard of leases.held()) memory.add(shard);
  way.isCut = true;
  await clock.advance(3 * leaseMs);
  way.isCut = false;
  await clock.advance(leaseMs);
  expect([...memory]).toEqual(allShards);
  await leases.close();
});

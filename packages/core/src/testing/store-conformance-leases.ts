import assert from 'node:assert/strict';
import { shardOf } from '../decide/shard-of.js';
import type { Fence, Store } from '../ports/store.js';
import {
  change,
  create,
  fenceFor,
  refused,
  type StoreCase,
  type StoreKit,
  sampleDesired,
  times,
} from './store-conformance-kit.js';

const long = 600_000;
const short = 20;
const shards = (fences: readonly Fence[]) => fences.map((fence) => fence.shard).sort((one, other) => one - other);

/** Tries until the lease has lapsed: the store's own clock decides when. */
async function acquireOnceLapsed(kit: StoreKit, store: Store, holder: string, shard: number): Promise<Fence> {
  for (let round = 0; round < 400; round += 1) {
    await kit.advance(short * 3);
    const [fence] = await store.acquireLeases(holder, [shard], long);
    if (fence) return fence;
  }
  throw new Error('the lease never lapsed');
}

/** Leases: one holder for a shard, and a token that rises whenever it may have been another's. */
export const leaseCases: readonly StoreCase[] = [
  {
    name: 'gives a free shard to the first that asks, and the wanted shards only',
    async run(kit) {
      const [one, other] = await kit.pair();
      assert.deepEqual(shards(await one.acquireLeases('host-a', [1, 2, 3], long)), [1, 2, 3]);
      assert.deepEqual(shards(await other.acquireLeases('host-b', [2, 3, 4], long)), [4]);
      assert.deepEqual(shards(await one.acquireLeases('host-a', [3], long)), [3]);
      assert.deepEqual(await one.acquireLeases('host-a', [], long), []);
      assert.deepEqual(
        shards(
          await one.acquireLeases(
            'host-a',
            times(64, (shard) => shard),
            long,
          ),
        ),
        times(64, (shard) => shard).filter((shard) => shard !== 4),
      );
    },
  },
  {
    name: 'keeps the token when its holder renews',
    async run(kit) {
      const store = await kit.store();
      const [first] = await store.acquireLeases('host-a', [7], long);
      const [again] = await store.acquireLeases('host-a', [7], long);
      assert.deepEqual(again, first);
      assert.equal(first?.holder, 'host-a');
    },
  },
  {
    name: 'lets another take a lapsed lease with a higher token, and refuses the old fence',
    async run(kit) {
      const [one, other] = await kit.pair();
      const desired = sampleDesired();
      await create(one, desired);
      const old = await fenceFor(one, desired.id, 'host-a', short);
      const next = await acquireOnceLapsed(kit, other, 'host-b', shardOf(desired.id));
      assert.ok(next.token > old.token);
      const error = await refused(one.commit(change(desired, 1, { fence: old })), 'conflict');
      assert.equal(error.retryable, true);
      assert.equal((await other.commit(change(desired, 1, { fence: next }))).revision, 2);
    },
  },
  {
    name: 'raises the token when the same holder takes a lapsed lease again',
    async run(kit) {
      const store = await kit.store();
      const [first] = await store.acquireLeases('host-a', [9], short);
      let token = first?.token ?? 0;
      for (let round = 0; token === first?.token && round < 400; round += 1) {
        await kit.advance(short * 3);
        token = (await store.acquireLeases('host-a', [9], short))[0]?.token ?? token;
      }
      assert.ok(token > (first?.token ?? token));
    },
  },
  {
    name: 'takes the fence of a lapsed lease that nobody took',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await create(store, desired);
      const fence = await fenceFor(store, desired.id, 'host-a', short);
      await kit.advance(short * 5);
      assert.equal((await store.commit(change(desired, 1, { fence }))).revision, 2);
    },
  },
  {
    name: 'frees the shards of one holder only, with the next token higher',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await create(store, desired);
      const shard = shardOf(desired.id);
      const foreign = (shard + 1) % 64;
      const fence = await fenceFor(store, desired.id);
      await store.acquireLeases('host-b', [foreign], long);
      await store.releaseLeases('host-a');
      await store.releaseLeases('host-a');
      await refused(store.commit(change(desired, 1, { fence })), 'conflict');
      const taken = await store.acquireLeases('host-c', [shard, foreign], long);
      assert.deepEqual(shards(taken), [shard]);
      assert.ok((taken[0]?.token ?? 0) > fence.token);
      await store.releaseLeases('host-c');
      assert.ok((await fenceFor(store, desired.id)).token > (taken[0]?.token ?? 0));
    },
  },
  {
    name: 'names the hosts that are live, those that wait for a shard included',
    async run(kit) {
      const [one, other] = await kit.pair();
      assert.deepEqual(await one.holders(), []);
      await one.acquireLeases('host-a', [1], long);
      assert.deepEqual(await other.acquireLeases('host-b', [1], long), []);
      await one.acquireLeases('host-c', [2], short);
      const holders = await other.holders();
      assert.ok(holders.includes('host-a') && holders.includes('host-b'));
      await one.releaseLeases('host-a');
      for (let round = 0; (await one.holders()).includes('host-c'); round += 1) {
        assert.ok(round < 400, 'a host that does not renew is no longer named');
        await kit.advance(short * 3);
      }
      assert.deepEqual(await one.holders(), ['host-b']);
    },
  },
  {
    name: 'takes nothing for a host on another engine than one that came earlier, until that one is gone',
    async run(kit) {
      const [one, other] = await kit.pair();
      await one.acquireLeases('host-b', [1], long, 'engine-1');
      const error = await refused(other.acquireLeases('host-a', [2], long, 'engine-2'), 'conflict');
      assert.deepEqual(error.context, { otherEngine: 'engine-1', otherHost: 'host-b' });
      assert.deepEqual(await one.holders(), ['host-b'], 'it is no host on this store');
      // Who does not know yet is let in, and refused once it does; letting go of shards makes nobody a latecomer.
      assert.deepEqual(shards(await other.acquireLeases('host-a', [2], long)), [2]);
      await one.acquireLeases('host-b', [1], 0);
      await refused(other.acquireLeases('host-a', [2], long, 'engine-2'), 'conflict');
      assert.deepEqual(shards(await one.acquireLeases('host-c', [3], long, 'engine-1')), [3]);
      assert.deepEqual(shards(await one.acquireLeases('host-b', [1], long, 'engine-1')), [1]);
      await one.releaseLeases('host-b');
      await refused(other.acquireLeases('host-d', [4], long, 'engine-2'), 'conflict');
      await one.releaseLeases('host-c');
      assert.deepEqual(shards(await other.acquireLeases('host-a', [2], long, 'engine-2')), [2]);
      await refused(one.acquireLeases('host-b', [1], long, 'engine-1'), 'conflict');
    },
  },
  {
    name: 'lets a host on another engine in once the earlier one has not renewed for its time',
    async run(kit) {
      const store = await kit.store();
      await store.acquireLeases('host-a', [1], short, 'engine-1');
      for (let round = 0; (await store.holders()).includes('host-a'); round += 1) {
        assert.ok(round < 400, 'a host that does not renew is no longer named');
        await kit.advance(short * 3);
      }
      assert.deepEqual(shards(await store.acquireLeases('host-b', [1], long, 'engine-2')), [1]);
      await refused(store.acquireLeases('host-a', [2], long, 'engine-1'), 'conflict');
    },
  },
  {
    name: 'gives each of 64 shards to exactly one of 8 racing hosts',
    async run(kit) {
      const [one, other] = await kit.pair();
      const all = times(64, (shard) => shard);
      // Each begins elsewhere, so that they meet in the middle from all sides.
      const won = await Promise.all(
        times(8, (host) =>
          (host % 2 ? one : other).acquireLeases(
            `host-${host}`,
            [...all.slice(host * 8), ...all.slice(0, host * 8)],
            long,
          ),
        ),
      );
      assert.deepEqual(shards(won.flat()), all);
    },
  },
];

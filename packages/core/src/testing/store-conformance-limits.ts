import assert from 'node:assert/strict';
import { shardOf } from '../decide/shard-of.js';
import type { Store } from '../ports/store.js';
import {
  allPages,
  change,
  create,
  fenceFor,
  freshId,
  plain,
  refused,
  type StoreCase,
  sampleDesired,
  times,
} from './store-conformance-kit.js';

/** Long and strange text, many records, and the life of a handle. */
export const limitCases: readonly StoreCase[] = [
  {
    name: 'keeps names of 300 characters of any script',
    async run(kit) {
      const store = await kit.store();
      const name = '日本語🚢'.repeat(75).slice(0, 300);
      const tenant = 'Ünïcode tenant \u202e with spaces, "quotes" and \\ 🏴‍☠️';
      const desired = sampleDesired({ name, tenant });
      await create(store, desired);
      assert.equal((await store.read(desired.id))?.desired.name, name);
      assert.equal((await store.list({ tenant, name })).items.length, 1);
      assert.equal((await store.quotaUse(tenant)).instances, 1);
      await refused(create(store, sampleDesired({ name, tenant })), 'already_exists');
      assert.equal((await store.events({ tenant })).items.length, 1);
    },
  },
  {
    name: 'refuses keys that cannot be kept, naming the field',
    async run(kit) {
      const store = await kit.store();
      for (const wrong of ['', 'x'.repeat(100_000), '🚢'.repeat(400), 'zero \u0000', 'half \ud800']) {
        const byName = await refused(create(store, sampleDesired({ name: wrong })), 'invalid_argument');
        assert.equal(byName.context.field, 'name');
        assert.ok(byName.message.length < 400, 'a long value is not repeated in full');
        const byTenant = await refused(create(store, sampleDesired({ tenant: wrong })), 'invalid_argument');
        assert.equal(byTenant.context.field, 'tenant');
      }
      assert.deepEqual((await store.list({})).items, []);
    },
  },
  {
    name: 'finds nothing, and fails at nothing, when asked for keys that cannot be kept',
    async run(kit) {
      const store = await kit.store();
      await create(store, sampleDesired());
      for (const wrong of ['', 'x'.repeat(100_000), 'zero \u0000', 'half \ud800', "' or 1=1 --"]) {
        assert.equal(await store.read(wrong), undefined);
        assert.deepEqual((await store.list({ tenant: wrong })).items, []);
        assert.deepEqual((await store.list({ name: wrong })).items, []);
        assert.deepEqual(await store.addresses({ agentId: wrong }), []);
        assert.equal((await store.quotaUse(wrong)).instances, 0);
        assert.equal(await store.findIdempotent(wrong, wrong), undefined);
        assert.deepEqual((await store.events({ tenant: wrong })).items, []);
        assert.deepEqual(await store.audit(wrong), []);
        assert.deepEqual(await store.healthChecks(wrong, 5), []);
      }
    },
  },
  {
    name: 'keeps a large manifest to the letter',
    async run(kit) {
      const store = await kit.store();
      const manifest = {
        ...sampleDesired().manifest,
        description: `zero \u0000 half \ud800 🚢 ${'long '.repeat(3000)}`,
        'x-notes': times(2000, (index) => ({ index, text: `note ${index}`, ratio: index / 7 })),
      };
      const desired = sampleDesired({ manifest });
      await create(store, desired);
      assert.deepEqual(plain((await store.read(desired.id))?.desired.manifest), plain(manifest));
    },
  },
  {
    name: 'pages through 1 000 deployments in order of creation',
    async run(kit) {
      const store = await kit.store();
      const all = times(1000, (index) => sampleDesired({ tenant: `tenant-${index % 5}` }));
      for (let start = 0; start < all.length; start += 20) {
        await Promise.all(all.slice(start, start + 20).map((desired) => create(store, desired)));
      }
      const ids = async (filter: Parameters<Store['list']>[0], limit: number) =>
        (await allPages((after) => store.list(filter, { after, limit }))).map((record) => record.desired.id);
      const whole = await ids({}, 1000);
      assert.equal(whole.length, 1000);
      assert.deepEqual(new Set(whole), new Set(all.map((desired) => desired.id)));
      assert.deepEqual(await ids({}, 77), whole);
      assert.equal((await store.list({})).items.length, 100);
      const place = new Map(all.map((desired, index) => [desired.id, Math.floor(index / 20)]));
      const rounds = whole.map((id) => place.get(id) ?? -1);
      assert.deepEqual(
        rounds,
        [...rounds].sort((one, other) => one - other),
      );
      assert.equal((await ids({ tenant: 'tenant-3' }, 30)).length, 200);
      const halves = await Promise.all([0, 32].map((from) => ids({ shards: times(32, (index) => from + index) }, 300)));
      assert.ok(halves[0]?.every((id) => shardOf(id) < 32) && halves[1]?.every((id) => shardOf(id) >= 32));
      assert.deepEqual(new Set(halves.flat()), new Set(whole));
      assert.deepEqual(await ids({ shards: [] }, 100), []);
    },
  },
  {
    name: 'lists by tenant, agent and name together',
    async run(kit) {
      const store = await kit.store();
      const one = sampleDesired({ agentId: 'agent.one', name: 'blue' });
      const two = sampleDesired({ agentId: 'agent.two', name: 'green' });
      const foreign = sampleDesired({ agentId: 'agent.one', name: 'blue', tenant: 'tenant-b' });
      for (const desired of [one, two, foreign]) await create(store, desired);
      const ids = async (filter: Parameters<Store['list']>[0]) =>
        (await store.list(filter)).items.map((record) => record.desired.id);
      assert.deepEqual(await ids({}), [one.id, two.id, foreign.id]);
      assert.deepEqual(await ids({ agentId: 'agent.one' }), [one.id, foreign.id]);
      assert.deepEqual(await ids({ agentId: 'agent.one', tenant: 'tenant-b' }), [foreign.id]);
      assert.deepEqual(await ids({ name: 'green' }), [two.id]);
      await store.commit(change({ ...one, agentId: 'agent.two', name: 'red' }, 1));
      assert.deepEqual(await ids({ agentId: 'agent.two' }), [one.id, two.id]);
      assert.deepEqual(await ids({ name: 'blue' }), [foreign.id]);
    },
  },
  {
    name: 'closes twice, and refuses every call after that as cancelled',
    async run(kit) {
      const store = await kit.store();
      await create(store, sampleDesired());
      await store.close();
      await store.close();
      const calls: readonly (() => Promise<unknown>)[] = [
        () => store.owner(),
        () => create(store, sampleDesired()),
        () => store.read('d-1'),
        () => store.list({}),
        () => store.quotaUse('tenant-a'),
        () => store.addresses({}),
        () => store.events({}),
        () => store.latestCursor(),
        () => store.audit('d-1'),
        () => store.incidents({}, 1),
        () => store.scalingEvents('d-1', 1),
        () => store.addHealthChecks([]),
        () => store.healthChecks('d-1', 1),
        () => store.addUsage([]),
        () => store.usage({}),
        () => store.findIdempotent('tenant-a', 'k'),
        () => store.acquireLeases('host-a', [1], 1000),
        () => store.releaseLeases('host-a'),
        () => store.holders(),
        () => store.prune({ healthChecksMs: 1, eventsMs: 1, incidentsMs: 1, usageMs: 1, idempotencyMs: 1 }),
      ];
      for (const call of calls) await refused(call(), 'cancelled');
      store.watch(() => undefined)();
    },
  },
  {
    name: 'leaves a second handle working when the first is closed',
    async run(kit) {
      const [one, other] = await kit.pair();
      const desired = sampleDesired();
      await create(one, desired);
      if (one !== other) await one.close();
      assert.equal((await other.read(desired.id))?.revision, 1);
      await other.commit(change({ ...desired, replicas: 2 }, 1));
    },
  },
  {
    name: 'has everything after it is opened again',
    needsReopen: true,
    async run(kit) {
      const store = await kit.store();
      const owner = await store.owner();
      const desired = sampleDesired({ name: 'calc', replicas: 2 });
      const idempotency = { tenant: 'tenant-a', key: 'k', fingerprint: 'f', deploymentId: desired.id, createdAt: 1 };
      const address = { id: freshId('a'), ports: { from: 7000, to: 7000 } };
      await create(store, desired, { idempotency, address });
      const fence = await fenceFor(store, desired.id);
      const record = await store.read(desired.id);
      const events = await store.events({});
      const audit = await store.audit(desired.id);
      const again = await kit.reopen?.(store);
      assert.ok(again);
      assert.equal(await again.owner(), owner);
      assert.deepEqual(plain(await again.read(desired.id)), plain(record));
      assert.deepEqual(plain(await again.events({})), plain(events));
      assert.deepEqual(plain(await again.audit(desired.id)), plain(audit));
      assert.equal((await again.quotaUse('tenant-a')).instances, 2);
      assert.deepEqual(await again.findIdempotent('tenant-a', 'k'), idempotency);
      await refused(create(again, sampleDesired({ name: 'calc' })), 'already_exists');
      const rival = sampleDesired();
      await refused(create(again, rival, { address: { ...address, id: freshId('a') } }), 'resource_exhausted');
      assert.equal((await again.commit(change(desired, 1, { fence }))).revision, 2);
    },
  },
];

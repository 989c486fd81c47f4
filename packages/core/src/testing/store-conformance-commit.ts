import assert from 'node:assert/strict';
import { initialStatus } from '../decide/initial-status.js';
import { shardOf } from '../decide/shard-of.js';
import {
  change,
  create,
  creation,
  fenceFor,
  freshId,
  plain,
  raced,
  refused,
  type StoreCase,
  sampleAudit,
  sampleDesired,
  sampleEvent,
  times,
} from './store-conformance-kit.js';

/** Revisions, fences, all or nothing. */
export const commitCases: readonly StoreCase[] = [
  {
    name: 'makes the owner once, the same for every handle',
    async run(kit) {
      const [one, other] = await kit.pair();
      const owner = await one.owner();
      assert.match(owner, /^\S{8,63}$/);
      assert.equal(await one.owner(), owner);
      assert.equal(await other.owner(), owner);
    },
  },
  {
    name: 'reads a new deployment back as it was committed',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const { revision, record } = await create(store, desired);
      assert.equal(revision, 1);
      const read = await store.read(desired.id);
      assert.deepEqual(plain(read), plain(record));
      assert.deepEqual(plain(read?.desired), plain(desired));
      assert.equal(read?.status.phase, 'pending');
      assert.equal(read?.address.id, `a-${desired.id}`);
      assert.equal(read?.address.deploymentId, desired.id);
      assert.equal(read?.address.port, undefined);
    },
  },
  {
    name: 'reads undefined for what is absent',
    async run(kit) {
      const store = await kit.store();
      assert.equal(await store.read(freshId()), undefined);
      assert.deepEqual((await store.list({})).items, []);
      assert.deepEqual(await store.audit(freshId()), []);
    },
  },
  {
    name: 'raises the revision by one with each commit',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await create(store, desired);
      const second = await store.commit(change({ ...desired, replicas: 2 }, 1));
      assert.equal(second.revision, 2);
      assert.equal(second.record?.desired.replicas, 2);
      const fence = await fenceFor(store, desired.id);
      const status = { ...initialStatus(5), phase: 'ready' as const };
      const third = await store.commit({ ...change(desired, 2), desired: undefined, status, fence });
      assert.equal(third.revision, 3);
      const read = await store.read(desired.id);
      assert.equal(read?.revision, 3);
      assert.equal(read?.status.phase, 'ready');
      assert.equal(read?.desired.replicas, 2);
    },
  },
  {
    name: 'refuses another revision than the stored one, and changes nothing',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await create(store, desired);
      const before = await store.read(desired.id);
      for (const revision of [0, 2, 99]) {
        const events = [sampleEvent(desired, 'never')];
        const audit = [sampleAudit('never')];
        const error = await refused(
          store.commit(change({ ...desired, replicas: 9 }, revision, { events, audit })),
          'conflict',
        );
        assert.equal(error.retryable, true);
      }
      assert.deepEqual(plain(await store.read(desired.id)), plain(before));
      assert.equal((await store.audit(desired.id)).length, 1);
      assert.equal((await store.events({})).items.length, 1);
    },
  },
  {
    name: 'refuses to make what exists, and to change what does not',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await create(store, desired);
      await refused(create(store, desired), 'conflict');
      await refused(store.commit(change(sampleDesired(), 1)), 'not_found');
    },
  },
  {
    name: 'lets exactly one of 20 racing commits on one revision win',
    async run(kit) {
      const [one, other] = await kit.pair();
      const desired = sampleDesired();
      await create(one, desired);
      const { won, codes } = await raced(
        times(20, (index) => (index % 2 ? one : other).commit(change({ ...desired, replicas: index + 1 }, 1))),
      );
      assert.equal(won.length, 1);
      assert.deepEqual(new Set(codes), new Set(['conflict']));
      assert.equal((await other.read(desired.id))?.desired.replicas, won[0]?.record?.desired.replicas);
    },
  },
  {
    name: 'lets exactly one of 10 racing creations of one id win',
    async run(kit) {
      const [one, other] = await kit.pair();
      const desired = sampleDesired();
      const { won, codes } = await raced(
        times(10, (index) => create(index % 2 ? one : other, { ...desired, name: `name-${index}` })),
      );
      assert.equal(won.length, 1);
      assert.deepEqual(new Set(codes), new Set(['conflict']));
      assert.equal((await one.list({})).items.length, 1);
      assert.equal((await one.quotaUse(desired.tenant)).instances, 1);
    },
  },
  {
    name: 'takes status and drop only with a fence',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await create(store, desired);
      const bare = { deploymentId: desired.id, expectedRevision: 1, events: [], audit: [] };
      await refused(store.commit({ ...bare, status: initialStatus(1) }), 'invalid_argument');
      await refused(store.commit({ ...bare, drop: true }), 'invalid_argument');
      assert.equal((await store.read(desired.id))?.revision, 1);
    },
  },
  {
    name: 'refuses a fence that is not the present one, and writes nothing',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await create(store, desired);
      const fence = await fenceFor(store, desired.id);
      const commit = { ...change(desired, 1, { events: [sampleEvent(desired, 'never')] }), status: initialStatus(1) };
      await refused(store.commit({ ...commit, fence: { ...fence, token: fence.token - 1 } }), 'conflict');
      await refused(store.commit({ ...commit, fence: { ...fence, token: fence.token + 1 } }), 'conflict');
      await refused(store.commit({ ...commit, fence: { ...fence, holder: 'host-b' } }), 'conflict');
      const shard = (shardOf(desired.id) + 1) % 64;
      await refused(store.commit({ ...commit, fence: { ...fence, shard } }), 'invalid_argument');
      assert.equal((await store.read(desired.id))?.revision, 1);
      assert.equal((await store.events({})).items.length, 1);
      assert.equal((await store.commit({ ...commit, fence })).revision, 2);
    },
  },
  {
    name: 'refuses a fence on a shard that nobody ever held',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await create(store, desired);
      const fence = { shard: shardOf(desired.id), token: 0, holder: 'host-a' };
      await refused(store.commit({ ...change(desired, 1), status: initialStatus(1), fence }), 'conflict');
    },
  },
  {
    name: 'drops the record and its address; events, audit and incidents stay',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await create(store, desired);
      const fence = await fenceFor(store, desired.id);
      const dropped = await store.commit({
        deploymentId: desired.id,
        expectedRevision: 1,
        fence,
        drop: true,
        events: [{ ...sampleEvent(desired, 'gone'), type: 'deployment-deleted' }],
        audit: [sampleAudit('drop')],
      });
      assert.equal(dropped.record, undefined);
      assert.equal(dropped.events.length, 1);
      assert.equal(await store.read(desired.id), undefined);
      assert.deepEqual((await store.list({})).items, []);
      assert.deepEqual(await store.addresses({}), []);
      assert.equal((await store.quotaUse(desired.tenant)).instances, 0);
      assert.equal((await store.audit(desired.id)).length, 2);
      assert.equal((await store.events({ deploymentId: desired.id })).items.length, 2);
      await refused(store.commit(change(desired, 2)), 'not_found');
    },
  },
  {
    name: 'never uses a dropped id again',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await create(store, desired);
      const fence = await fenceFor(store, desired.id);
      await store.commit({ ...change(desired, 1), desired: undefined, fence, drop: true });
      await refused(create(store, desired), 'conflict');
    },
  },
  {
    name: 'refuses commits that make no sense',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      await refused(store.commit({ ...creation(desired), address: undefined }), 'invalid_argument');
      await refused(store.commit({ ...creation(desired), desired: undefined }), 'invalid_argument');
      await refused(store.commit({ ...creation(desired), deploymentId: freshId() }), 'invalid_argument');
      await refused(store.commit({ ...creation(desired), drop: true }), 'invalid_argument');
      await create(store, desired);
      const address = { id: 'a-other', ports: undefined };
      await refused(store.commit(change(desired, 1, { address })), 'invalid_argument');
      await refused(store.commit(change({ ...desired, tenant: 'tenant-b' }, 1)), 'invalid_argument');
      assert.equal((await store.read(desired.id))?.desired.tenant, 'tenant-a');
    },
  },
  {
    name: 'does not see what its caller changes after the commit',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const data = { step: 1 };
      const details = { step: 1 };
      const events = [{ ...sampleEvent(desired, 'kept'), data }];
      const audit = [sampleAudit('kept', details)];
      await store.commit(creation(desired, { events, audit }));
      data.step = 2;
      details.step = 2;
      events.length = 0;
      audit.length = 0;
      assert.deepEqual((await store.events({})).items[0]?.data, { step: 1 });
      assert.deepEqual((await store.audit(desired.id))[0]?.details, { step: 1 });
    },
  },
];

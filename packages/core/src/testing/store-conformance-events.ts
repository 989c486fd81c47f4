import assert from 'node:assert/strict';
import { verifyAuditChain } from '../decide/audit-hash.js';
import { formatCursor } from '../decide/cursor.js';
import type { HostEvent } from '../model/events.js';
import type { Store } from '../ports/store.js';
import {
  allPages,
  change,
  create,
  creation,
  plain,
  refused,
  type StoreCase,
  sampleAudit,
  sampleDesired,
  sampleEvent,
  times,
} from './store-conformance-kit.js';

/** The feed, its cursors, hints, and the audit chains. */
export const eventCases: readonly StoreCase[] = [
  {
    name: 'gives the events of a commit back with cursors, in order',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const events = ['one', 'two', 'three'].map((message) => sampleEvent(desired, message));
      const result = await store.commit(creation(desired, { events }));
      assert.deepEqual(
        result.events.map((event) => event.message),
        ['one', 'two', 'three'],
      );
      assert.equal(new Set(result.events.map((event) => event.cursor)).size, 3);
      assert.ok(result.events.every((event) => Number.isFinite(event.at) && event.at > 0));
      assert.deepEqual(plain((await store.events({})).items), plain(result.events));
      assert.equal(await store.latestCursor(), result.events.at(-1)?.cursor);
    },
  },
  {
    name: 'resumes after every cursor without loss or doubles',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const events = times(23, (index) => sampleEvent(desired, `event ${index}`));
      await store.commit(creation(desired, { events }));
      const all = (await store.events({})).items;
      assert.equal(all.length, 23);
      for (const [index, event] of all.entries()) {
        const rest = await store.events({ after: event.cursor });
        assert.deepEqual(plain(rest.items), plain(all.slice(index + 1)));
      }
      for (const limit of [1, 5, 23, 24]) {
        assert.deepEqual(plain(await allPages((after) => store.events({ after, limit }))), plain(all));
      }
    },
  },
  {
    name: 'filters the feed by deployment and by tenant',
    async run(kit) {
      const store = await kit.store();
      const mine = sampleDesired();
      const second = sampleDesired();
      const foreign = sampleDesired({ tenant: 'tenant-b' });
      for (const desired of [mine, foreign, second]) await create(store, desired);
      await store.commit(change(mine, 1, { events: [sampleEvent(mine, 'again')] }));
      const ids = async (query: Parameters<Store['events']>[0]) =>
        (await allPages((after) => store.events({ ...query, after, limit: 1 }))).map((event) => event.deploymentId);
      assert.deepEqual(await ids({ deploymentId: mine.id }), [mine.id, mine.id]);
      assert.deepEqual(await ids({ tenant: 'tenant-a' }), [mine.id, second.id, mine.id]);
      assert.deepEqual(await ids({ tenant: 'tenant-b' }), [foreign.id]);
      assert.deepEqual(await ids({ tenant: 'tenant-b', deploymentId: mine.id }), []);
    },
  },
  {
    name: 'begins with what is to come at the latest cursor, also when there is nothing yet',
    async run(kit) {
      const store = await kit.store();
      const start = await store.latestCursor();
      assert.deepEqual(await store.events({ after: start }), { items: [], next: undefined });
      const desired = sampleDesired();
      const { events } = await create(store, desired);
      assert.deepEqual(plain((await store.events({ after: start })).items), plain(events));
      const middle = await store.latestCursor();
      await store.commit(change(desired, 1, { events: [sampleEvent(desired, 'later')] }));
      assert.deepEqual(
        (await store.events({ after: middle })).items.map((event) => event.message),
        ['later'],
      );
    },
  },
  {
    name: 'shows a polling reader every event of 50 racing commits once, in order of each deployment',
    async run(kit) {
      const [writer, reader] = await kit.pair();
      const deployments = times(10, () => sampleDesired());
      await Promise.all(deployments.map((desired) => create(writer, desired, { events: [] })));
      const start = await reader.latestCursor();
      let writing = true;
      const chains = deployments.map(async (desired, index) => {
        for (let revision = 1; revision <= 5; revision += 1) {
          const events = times(1 + (index % 3), (part) => sampleEvent(desired, `${revision}.${part}`));
          await writer.commit(change(desired, revision, { events }));
        }
      });
      const written = Promise.all(chains).finally(() => {
        writing = false;
      });
      const seen: HostEvent[] = [];
      let after = start;
      for (let last = false; ; last = !writing) {
        const page = await reader.events({ after, limit: 3 });
        seen.push(...page.items);
        after = page.items.at(-1)?.cursor ?? after;
        if (last && page.items.length === 0) break;
      }
      await written;
      assert.equal(new Set(seen.map((event) => event.cursor)).size, seen.length, 'no cursor twice');
      for (const [index, desired] of deployments.entries()) {
        const expected = times(5, (step) => times(1 + (index % 3), (part) => `${step + 1}.${part}`)).flat();
        const got = seen.filter((event) => event.deploymentId === desired.id).map((event) => event.message);
        assert.deepEqual(got, expected);
      }
    },
  },
  {
    name: 'refuses a cursor that it cannot have given',
    async run(kit) {
      const store = await kit.store();
      await create(store, sampleDesired());
      for (const after of ['', 'nonsense', '12', 'e', 'e-1', 'e1.5', `e${'9'.repeat(40)}`, "e1'; drop table x"]) {
        await refused(store.events({ after }), 'invalid_argument');
      }
      await refused(store.list({}, { after: await store.latestCursor() }), 'invalid_argument');
      await refused(store.events({ after: formatCursor('event', 1_000_000) }), 'not_found');
      for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
        await refused(store.events({ limit }), 'invalid_argument');
        await refused(store.list({}, { limit }), 'invalid_argument');
      }
    },
  },
  {
    name: 'hints at commits of its own and of another handle, until unsubscribed',
    async run(kit) {
      const [one, other] = await kit.pair();
      const seen = new Set<string>();
      const stop = one.watch((id) => seen.add(id));
      // A hint may be lost, one after the other not for ever: each round commits anew.
      for (const writer of [one, other]) {
        const desired = sampleDesired();
        await create(writer, desired);
        for (let round = 1; !seen.has(desired.id); round += 1) {
          assert.ok(round < 400, 'a hint comes in the end');
          await kit.advance(50);
          await writer.commit(change(desired, round, { events: [sampleEvent(desired, `round ${round}`)] }));
        }
      }
      stop();
      stop();
      const late = sampleDesired();
      await create(one, late);
      await kit.advance(50);
      assert.equal(seen.has(late.id), false);
    },
  },
  {
    name: 'commits whatever a watcher throws',
    async run(kit) {
      const store = await kit.store();
      const seen: string[] = [];
      store.watch(() => {
        throw new Error('a broken watcher');
      });
      store.watch((id) => seen.push(id));
      const desired = sampleDesired();
      assert.equal((await create(store, desired)).revision, 1);
      assert.equal((await store.read(desired.id))?.revision, 1);
      for (let round = 0; seen.length === 0; round += 1) {
        assert.ok(round < 400, 'the other watcher is told');
        await kit.advance(50);
      }
      assert.equal(seen[0], desired.id);
    },
  },
  {
    name: 'links the audit records of a deployment into a chain without gaps',
    async run(kit) {
      const store = await kit.store();
      const one = sampleDesired();
      const other = sampleDesired();
      for (const desired of [one, other]) await create(store, desired);
      const audit = [sampleAudit('scale', { from: 1, to: 2 }), sampleAudit('park')];
      await store.commit(change(one, 1, { audit }));
      await store.commit(change(one, 2, { audit: [sampleAudit('unpark')] }));
      const chain = await store.audit(one.id);
      assert.deepEqual(
        chain.map((record) => [record.sequence, record.action]),
        [
          [1, 'deploy'],
          [2, 'scale'],
          [3, 'park'],
          [4, 'unpark'],
        ],
      );
      assert.equal(verifyAuditChain(chain), undefined);
      assert.equal((await store.audit(other.id)).length, 1);
      const forged = chain.map((record, index) => (index === 1 ? { ...record, actor: 'somebody' } : record));
      assert.equal(verifyAuditChain(forged), 1);
    },
  },
  {
    name: 'keeps chains whole while 10 deployments are changed at once',
    async run(kit) {
      const [one, other] = await kit.pair();
      const deployments = times(10, () => sampleDesired());
      await Promise.all(deployments.map((desired) => create(one, desired)));
      await Promise.all(
        deployments.map(async (desired) => {
          for (let revision = 1; revision <= 4; revision += 1) {
            await (revision % 2 ? one : other).commit(
              change(desired, revision, { audit: times(2, (part) => sampleAudit(`${revision}.${part}`)) }),
            );
          }
        }),
      );
      for (const desired of deployments) {
        const chain = await one.audit(desired.id);
        assert.equal(chain.length, 9);
        assert.equal(verifyAuditChain(chain), undefined);
      }
    },
  },
  {
    name: 'verifies chains whose details are odd',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const details = {
        z: 1,
        a: { nested: [1, 'two', null, { deep: true }] },
        unicode: 'naïve 🚢 \u0000 \ud800 "quoted" \\',
        'odd key \n': 'line\nbreak',
        fraction: 0.1 + 0.2,
        huge: 1e21,
        tiny: 5e-324,
        negativeZero: -0,
        missing: undefined,
      };
      const audit = [sampleAudit('deploy', details), { ...sampleAudit('x'), cause: 'zero \u0000 and half \udfff' }];
      await store.commit(creation(desired, { audit }));
      const chain = await store.audit(desired.id);
      assert.equal(verifyAuditChain(chain), undefined);
      assert.equal(chain[0]?.details.unicode, details.unicode);
    },
  },
];

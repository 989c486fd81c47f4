import assert from 'node:assert/strict';
import type { ScalingEventRecord, UsageEvent } from '../model/events.js';
import type { HealthCheckRecord } from '../model/health.js';
import type { Incident } from '../model/incident.js';
import type { Retention } from '../ports/store.js';
import {
  allPages,
  change,
  create,
  freshId,
  plain,
  refused,
  type StoreCase,
  sampleDesired,
  sampleEvent,
  times,
} from './store-conformance-kit.js';

const usageEvent = (id: string, overrides: Partial<UsageEvent> = {}): UsageEvent => ({
  id,
  tenant: 'tenant-a',
  agentId: 'agent.sample',
  action: 'calculate',
  durationMs: 12.5,
  at: 1_700_000_000_000,
  ...overrides,
});

const healthCheck = (deploymentId: string, checkedAt: number, broken = false): HealthCheckRecord => ({
  deploymentId,
  instance: `moor-${deploymentId}-0-01234567-1`,
  status: broken ? 'error' : 'ok',
  responseTimeMs: 1.25,
  load: broken ? undefined : 0.5,
  errorMessage: broken ? 'connection refused' : undefined,
  checkedAt,
});

const incident = (deploymentId: string, at: number, overrides: Partial<Incident> = {}): Incident => {
  const instance = `moor-${deploymentId}-0-01234567-1`;
  return {
    id: freshId('i'),
    deploymentId,
    tenant: 'tenant-a',
    instance,
    reason: 'oom',
    message: 'It used more memory than its limit of 64 MB',
    exit: { code: 137, signal: 'SIGKILL', oom: true, at, message: undefined },
    logs: [{ instance, stream: 'stderr', at, text: 'zero \u0000, half \ud83d, whole 🚢' }],
    samples: [
      {
        instance,
        at,
        cpuPercent: 3.5,
        memoryBytes: 64_000_000,
        diskBytes: 'unsupported',
        networkInBytesPerSecond: 0,
        networkOutBytesPerSecond: 'unsupported',
      },
    ],
    at,
    ...overrides,
  };
};

const scaling = (deploymentId: string, createdAt: number, toInstances: number): ScalingEventRecord => ({
  deploymentId,
  tenant: 'tenant-a',
  agentId: 'agent.sample',
  action: toInstances > 1 ? 'scale_up' : 'scale_down',
  fromInstances: 1,
  toInstances,
  reason: 'load above 0.8 🚢',
  createdAt,
});

const forever: Retention = {
  healthChecksMs: 1e12,
  eventsMs: 1e12,
  incidentsMs: 1e12,
  usageMs: 1e12,
  idempotencyMs: 1e12,
};

/** Usage, health checks, incidents, scaling events, retention. */
export const recordCases: readonly StoreCase[] = [
  {
    name: 'counts a usage event once, repeated in a call, in a later one and by racing callers',
    async run(kit) {
      const [one, other] = await kit.pair();
      const batch = times(20, (index) => usageEvent(`use-${index}`));
      await one.addUsage([...batch, ...batch.slice(0, 5)]);
      await one.addUsage(batch.slice(10));
      const more = times(30, (index) => usageEvent(`use-${index}`, { durationMs: 99 }));
      await Promise.all(times(8, (index) => (index % 2 ? one : other).addUsage(more)));
      const all = await allPages((after) => one.usage({}, { after, limit: 7 }));
      assert.equal(all.length, 30);
      assert.equal(new Set(all.map((event) => event.id)).size, 30);
      assert.equal(all.find((event) => event.id === 'use-0')?.durationMs, 12.5);
      await one.addUsage([]);
    },
  },
  {
    name: 'reads usage in the order in which it came, by tenant and agent',
    async run(kit) {
      const store = await kit.store();
      const events = times(10, (index) =>
        usageEvent(`use-${index}`, {
          tenant: index % 2 ? 'tenant-b' : 'tenant-a',
          agentId: index < 6 ? 'agent.one' : 'agent.two',
          at: 1_700_000_000_000 - index,
        }),
      );
      for (const event of events) await store.addUsage([event]);
      assert.deepEqual(plain((await store.usage({})).items), plain(events));
      const ids = async (filter: { tenant?: string; agentId?: string }) =>
        (await allPages((after) => store.usage(filter, { after, limit: 2 }))).map((event) => event.id);
      assert.deepEqual(await ids({ tenant: 'tenant-b' }), ['use-1', 'use-3', 'use-5', 'use-7', 'use-9']);
      assert.deepEqual(await ids({ tenant: 'tenant-a', agentId: 'agent.two' }), ['use-6', 'use-8']);
      await refused(store.usage({}, { after: 'e1' }), 'invalid_argument');
    },
  },
  {
    name: "lets no tenant use up another's usage ids",
    async run(kit) {
      const store = await kit.store();
      await store.addUsage([usageEvent('same', { tenant: 'tenant-b', durationMs: 0 })]);
      await store.addUsage([usageEvent('same', { durationMs: 7 })]);
      assert.deepEqual(
        (await store.usage({ tenant: 'tenant-a' })).items.map((event) => event.durationMs),
        [7],
      );
    },
  },
  {
    name: 'refuses a usage event that it could not find again, and takes none of its call',
    async run(kit) {
      const store = await kit.store();
      for (const wrong of ['', 'zero \u0000', 'x'.repeat(100_000)]) {
        const error = await refused(store.addUsage([usageEvent('good'), usageEvent(wrong)]), 'invalid_argument');
        assert.equal(error.context.field, 'the usage id');
      }
      assert.deepEqual((await store.usage({})).items, []);
    },
  },
  {
    name: 'reads health checks back, newest first',
    async run(kit) {
      const store = await kit.store();
      const ids = times(10, () => freshId());
      const records = ids.flatMap((id) =>
        times(50, (index) => healthCheck(id, 1_700_000_000_000 + index, index % 7 === 0)),
      );
      await store.addHealthChecks(records);
      await store.addHealthChecks([]);
      for (const id of ids) {
        const expected = records.filter((record) => record.deploymentId === id).reverse();
        assert.deepEqual(plain(await store.healthChecks(id, 50)), plain(expected));
        assert.deepEqual(plain(await store.healthChecks(id, 3)), plain(expected.slice(0, 3)));
      }
      assert.deepEqual(await store.healthChecks(freshId(), 10), []);
      const asked = [ids[3] ?? '', freshId(), 'zero \u0000', ids[1] ?? '', ids[3] ?? ''];
      const last = await store.lastHealthChecks(asked, 2);
      const expected = [3, 1].flatMap((index) =>
        records
          .filter((one) => one.deploymentId === ids[index])
          .reverse()
          .slice(0, 2),
      );
      assert.deepEqual(plain(last), plain(expected));
      assert.deepEqual(await store.lastHealthChecks([], 2), []);
    },
  },
  {
    name: 'loses no batch of health checks to a strange error message',
    async run(kit) {
      const store = await kit.store();
      const id = freshId();
      const strange = {
        ...healthCheck(id, 2, true),
        errorMessage: `zero \u0000 half \ud800 long ${'🚢'.repeat(5000)}`,
      };
      await store.addHealthChecks([healthCheck(id, 1), strange, healthCheck(id, 3)]);
      const read = await store.healthChecks(id, 10);
      assert.deepEqual(
        read.map((record) => record.checkedAt),
        [3, 2, 1],
      );
      assert.match(read[1]?.errorMessage ?? '', /^zero . half . long (🚢)+$/u);
    },
  },
  {
    name: 'reads incidents back whole, newest first, by deployment and tenant',
    async run(kit) {
      const store = await kit.store();
      const mine = sampleDesired();
      const foreign = sampleDesired({ tenant: 'tenant-b' });
      const incidents = times(5, (index) => incident(mine.id, 1000 + index));
      await create(store, mine, { incidents: incidents.slice(0, 3) });
      await store.commit(change(mine, 1, { incidents: incidents.slice(3) }));
      const theirs = incident(foreign.id, 5, { tenant: 'tenant-b', exit: undefined, logs: [], samples: [] });
      await create(store, foreign, { incidents: [theirs] });
      const newest = [...incidents].reverse();
      assert.deepEqual(plain(await store.incidents({ deploymentId: mine.id }, 10)), plain(newest));
      assert.deepEqual(plain(await store.incidents({ tenant: 'tenant-a' }, 2)), plain(newest.slice(0, 2)));
      assert.deepEqual(plain(await store.incidents({ tenant: 'tenant-b' }, 10)), plain([theirs]));
      assert.deepEqual(await store.incidents({ tenant: 'tenant-b', deploymentId: mine.id }, 10), []);
      assert.equal((await store.incidents({}, 100)).length, 6);
    },
  },
  {
    name: 'takes an incident of the same id once',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const same = incident(desired.id, 1);
      await create(store, desired, { incidents: [same] });
      await store.commit(change(desired, 1, { incidents: [same, incident(desired.id, 2)] }));
      assert.equal((await store.incidents({}, 10)).length, 2);
    },
  },
  {
    name: 'reads scaling events back, newest first',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const rows = times(4, (index) => scaling(desired.id, 1_700_000_000_000 + index, index));
      await create(store, desired, { scaling: rows.slice(0, 2) });
      await store.commit(change(desired, 1, { scaling: rows.slice(2) }));
      const newest = [...rows].reverse();
      assert.deepEqual(plain(await store.scalingEvents(desired.id, 10)), plain(newest));
      assert.deepEqual(plain(await store.scalingEvents(desired.id, 1)), plain(newest.slice(0, 1)));
      assert.deepEqual(await store.scalingEvents(freshId(), 10), []);
    },
  },
  {
    name: 'prunes what is older than its retention, and nothing else',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const created = await create(store, desired);
      const now = created.events[0]?.at ?? 0;
      const [old, recent] = [now - 3_600_000, now - 60_000];
      const key = (name: string, createdAt: number) => ({
        idempotency: { tenant: 'tenant-a', key: name, fingerprint: 'f', deploymentId: desired.id, createdAt },
      });
      await store.commit(
        change(desired, 1, {
          ...key('old', old),
          incidents: [incident(desired.id, old), incident(desired.id, recent)],
          scaling: [scaling(desired.id, old, 2), scaling(desired.id, recent, 3)],
        }),
      );
      await store.commit(change(desired, 2, key('recent', recent)));
      await store.addHealthChecks([healthCheck(desired.id, old), healthCheck(desired.id, recent)]);
      await store.addUsage([usageEvent('old', { at: old }), usageEvent('recent', { at: recent })]);
      await store.prune(forever);
      assert.equal((await store.healthChecks(desired.id, 10)).length, 2);
      const half = 1_800_000;
      await store.prune({
        healthChecksMs: half,
        eventsMs: half,
        incidentsMs: half,
        usageMs: half,
        idempotencyMs: half,
      });
      assert.deepEqual(
        (await store.healthChecks(desired.id, 10)).map((record) => record.checkedAt),
        [recent],
      );
      assert.deepEqual(
        (await store.incidents({}, 10)).map((entry) => entry.at),
        [recent],
      );
      assert.deepEqual(
        (await store.scalingEvents(desired.id, 10)).map((row) => row.createdAt),
        [recent],
      );
      assert.deepEqual(
        (await store.usage({})).items.map((event) => event.id),
        ['recent'],
      );
      assert.equal(await store.findIdempotent('tenant-a', 'old'), undefined);
      assert.equal((await store.findIdempotent('tenant-a', 'recent'))?.createdAt, recent);
      assert.equal((await store.events({})).items.length, 1);
      assert.equal((await store.audit(desired.id)).length, 1);
      assert.equal((await store.read(desired.id))?.revision, 3);
    },
  },
  {
    name: 'prunes more rows than fit one batch',
    async run(kit) {
      const store = await kit.store();
      const ids = times(50, () => freshId());
      await store.addHealthChecks(ids.flatMap((id) => times(50, (index) => healthCheck(id, index + 1))));
      await store.prune({ ...forever, healthChecksMs: 1000 });
      for (const id of ids) assert.deepEqual(await store.healthChecks(id, 10), []);
    },
  },
  {
    name: 'refuses a cursor that retention has passed, and goes on after it',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const empty = await store.latestCursor();
      await create(store, desired);
      const events = times(3, (index) => sampleEvent(desired, `event ${index}`));
      const cursors = (await store.commit(change(desired, 1, { events }))).events.map((event) => event.cursor);
      await kit.advance(200);
      await store.prune({ ...forever, eventsMs: 100 });
      assert.deepEqual(await store.events({}), { items: [], next: undefined });
      for (const after of [empty, cursors[0], cursors[1]]) await refused(store.events({ after }), 'not_found');
      const last = cursors[2];
      assert.deepEqual(await store.events({ after: last }), { items: [], next: undefined });
      assert.equal(await store.latestCursor(), last);
      await store.commit(change(desired, 2, { events: [sampleEvent(desired, 'after')] }));
      for (const after of [last, undefined]) {
        assert.deepEqual(
          (await store.events({ after })).items.map((event) => event.message),
          ['after'],
        );
      }
    },
  },
];

import assert from 'node:assert/strict';
import {
  change,
  create,
  drop,
  fenceFor,
  raced,
  refused,
  type StoreCase,
  sampleDesired,
  sampleTemplate,
  times,
} from './store-conformance-kit.js';

const withPorts = (id: string, from: number, to: number) => ({ address: { id: `a-${id}`, ports: { from, to } } });

/** Quota, ports and names: decided inside the commit, whoever races. */
export const claimCases: readonly StoreCase[] = [
  {
    name: 'holds a quota against 20 racing deployments',
    async run(kit) {
      const [one, other] = await kit.pair();
      const { won, codes } = await raced(
        times(20, (index) => create(index % 2 ? one : other, sampleDesired(), { quota: { instances: 7 } })),
      );
      assert.equal(won.length, 7);
      assert.deepEqual(
        codes,
        times(13, () => 'resource_exhausted'),
      );
      assert.equal((await one.quotaUse('tenant-a')).instances, 7);
      assert.equal((await one.list({})).items.length, 7);
    },
  },
  {
    name: 'says which limit, its value, what is used and what is wanted',
    async run(kit) {
      const store = await kit.store();
      await create(store, sampleDesired({ replicas: 3 }));
      const wanted = sampleDesired({ replicas: 2 });
      const cases = [
        { quota: { instances: 4 }, value: 4, used: 3, wanted: 2 },
        { quota: { cpuMillis: 1000 }, value: 1000, used: 750, wanted: 500 },
        { quota: { memoryBytes: 200_000_000 }, value: 200_000_000, used: 192_000_000, wanted: 128_000_000 },
      ];
      for (const { quota, ...figures } of cases) {
        const error = await refused(create(store, wanted, { quota }), 'resource_exhausted');
        assert.deepEqual(error.context, { limit: Object.keys(quota)[0], ...figures });
        assert.ok(error.message.includes(String(figures.value)), error.message);
      }
      assert.equal(await store.read(wanted.id), undefined);
      assert.deepEqual((await store.events({ deploymentId: wanted.id })).items, []);
      await create(store, wanted, { quota: { instances: 5, cpuMillis: 1250, memoryBytes: 320_000_000 } });
    },
  },
  {
    name: 'counts a deployment once when it is scaled, and lets it shrink above its quota',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired({ replicas: 3 });
      await create(store, desired, { quota: { instances: 4 } });
      await store.commit(change({ ...desired, replicas: 4 }, 1, { quota: { instances: 4 } }));
      await refused(
        store.commit(change({ ...desired, replicas: 5 }, 2, { quota: { instances: 4 } })),
        'resource_exhausted',
      );
      await store.commit(change({ ...desired, replicas: 3 }, 2, { quota: { instances: 1 } }));
      assert.equal((await store.quotaUse(desired.tenant)).instances, 3);
    },
  },
  {
    name: 'counts parked deployments and each tenant by itself',
    async run(kit) {
      const store = await kit.store();
      await create(store, sampleDesired({ replicas: 2, parked: 'pause' }));
      await create(store, sampleDesired({ tenant: 'tenant-b', replicas: 5 }), { quota: { instances: 5 } });
      const unlimited = { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined };
      await create(store, sampleDesired({ template: { ...sampleTemplate, resources: unlimited } }));
      assert.deepEqual(await store.quotaUse('tenant-a'), { instances: 3, cpuMillis: 500, memoryBytes: 128_000_000 });
      assert.deepEqual(await store.quotaUse('tenant-b'), { instances: 5, cpuMillis: 1250, memoryBytes: 320_000_000 });
      assert.deepEqual(await store.quotaUse('tenant-c'), { instances: 0, cpuMillis: 0, memoryBytes: 0 });
    },
  },
  {
    name: 'frees quota and name with the wish to delete, the port with the drop only',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired({ name: 'calc' });
      await create(store, desired, withPorts(desired.id, 5000, 5000));
      await store.commit(change({ ...desired, deletedAt: 5 }, 1));
      assert.equal((await store.quotaUse(desired.tenant)).instances, 0);
      const next = sampleDesired({ name: 'calc' });
      await refused(create(store, next, withPorts(next.id, 5000, 5000)), 'resource_exhausted');
      assert.deepEqual(
        (await store.addresses({})).map((address) => address.port),
        [5000],
      );
      await create(store, next, { quota: { instances: 1 } });
      await drop(store, desired.id, 2);
      const third = sampleDesired();
      const { record } = await create(store, third, withPorts(third.id, 5000, 5000));
      assert.equal(record?.address.port, 5000);
      // The drop of the first must not have freed the name that the second holds now.
      await refused(create(store, sampleDesired({ name: 'calc' })), 'already_exists');
    },
  },
  {
    name: 'hands out the lowest free port, none twice, to 10 at once',
    async run(kit) {
      const [one, other] = await kit.pair();
      const racing = times(10, (index) => {
        const desired = sampleDesired();
        return create(index % 2 ? one : other, desired, withPorts(desired.id, 6000, 6009));
      });
      const ports = (await Promise.all(racing)).map((result) => result.record?.address.port ?? 0);
      assert.deepEqual(
        ports.sort((left, right) => left - right),
        times(10, (index) => 6000 + index),
      );
    },
  },
  {
    name: 'refuses when no port is free, and gives a dropped one to the next',
    async run(kit) {
      const store = await kit.store();
      const all = times(3, () => sampleDesired());
      for (const desired of all) await create(store, desired, withPorts(desired.id, 6100, 6102));
      const next = sampleDesired();
      const error = await refused(create(store, next, withPorts(next.id, 6100, 6102)), 'resource_exhausted');
      assert.equal(error.context.value, 3);
      assert.equal(await store.read(next.id), undefined);
      await drop(store, all[1]?.id ?? '', 1);
      const { record } = await create(store, next, withPorts(next.id, 6100, 6102));
      assert.equal(record?.address.port, 6101);
    },
  },
  {
    name: 'never gives one port out of two overlapping ranges twice',
    async run(kit) {
      const store = await kit.store();
      const first = sampleDesired();
      await create(store, first, withPorts(first.id, 6201, 6201));
      const second = sampleDesired();
      await create(store, second, withPorts(second.id, 6200, 6202));
      const third = sampleDesired();
      const { record } = await create(store, third, withPorts(third.id, 6200, 6202));
      assert.equal(record?.address.port, 6202);
    },
  },
  {
    name: 'keeps an address and its port through every change',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const { record } = await create(store, desired, withPorts(desired.id, 6300, 6399));
      await store.commit(change({ ...desired, generation: 2, replicas: 4 }, 1));
      await store.commit(change({ ...desired, generation: 3, agentId: 'agent.other' }, 2));
      const { agentId, ...rest } = (await store.read(desired.id))?.address ?? {};
      assert.equal(agentId, 'agent.other');
      assert.deepEqual(plainWithout(rest), plainWithout({ ...record?.address, agentId: undefined }));
      assert.equal((await store.addresses({ agentId: 'agent.other' })).length, 1);
      assert.equal((await store.addresses({ agentId: 'agent.sample' })).length, 0);
      assert.equal((await store.addresses({ tenant: 'tenant-b' })).length, 0);
    },
  },
  {
    name: 'moves an address to a port that is free and not to be avoided, and frees the one it had',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired();
      const other = sampleDesired();
      await create(store, desired, withPorts(desired.id, 6500, 6510));
      await create(store, other, withPorts(other.id, 6500, 6510));
      const fence = await fenceFor(store, desired.id);
      const movePort = { ports: { from: 6500, to: 6510 }, avoid: [6500, 6502] };
      await refused(store.commit({ ...change(desired, 1), movePort }), 'invalid_argument');
      const { record } = await store.commit({ ...change(desired, 1), fence, movePort });
      assert.equal(record?.address.port, 6503);
      assert.equal((await store.read(desired.id))?.address.port, 6503);
      const next = sampleDesired();
      assert.equal((await create(store, next, withPorts(next.id, 6500, 6510))).record?.address.port, 6500);
      const full = { ports: { from: 6500, to: 6501 }, avoid: [] };
      await refused(store.commit({ ...change(desired, 2), fence, movePort: full }), 'resource_exhausted');
    },
  },
  {
    name: 'gives a name to exactly one of 10 racing deployments of a tenant',
    async run(kit) {
      const [one, other] = await kit.pair();
      const racing = times(10, (index) => create(index % 2 ? one : other, sampleDesired({ name: 'calc' })));
      const { won, codes } = await raced(racing);
      assert.equal(won.length, 1);
      assert.deepEqual(new Set(codes), new Set(['already_exists']));
      const error = await refused(create(one, sampleDesired({ name: 'calc' })), 'already_exists');
      assert.equal(error.context.deploymentId, won[0]?.record?.desired.id);
      await create(one, sampleDesired({ name: 'calc', tenant: 'tenant-b' }));
    },
  },
  {
    name: 'moves a name when the wish does, and gives it back when dropped',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired({ name: 'first' });
      await create(store, desired);
      await store.commit(change({ ...desired, name: 'second' }, 1));
      await refused(create(store, sampleDesired({ name: 'second' })), 'already_exists');
      const next = sampleDesired({ name: 'first' });
      await create(store, next);
      await refused(store.commit(change({ ...desired, name: 'first' }, 2)), 'already_exists');
      await drop(store, next.id, 1);
      await store.commit(change({ ...desired, name: 'first' }, 2));
    },
  },
  {
    name: 'counts a wish for deletion with its fence and status in one commit',
    async run(kit) {
      const store = await kit.store();
      const desired = sampleDesired({ replicas: 2 });
      const { record } = await create(store, desired);
      const fence = await fenceFor(store, desired.id);
      const status = { ...(record?.status ?? never()), phase: 'deleting' as const };
      await store.commit(change({ ...desired, deletedAt: 1 }, 1, { fence, status, quota: { instances: 0 } }));
      const read = await store.read(desired.id);
      assert.equal(read?.status.phase, 'deleting');
      assert.equal(read?.desired.deletedAt, 1);
    },
  },
  {
    name: 'keeps an idempotency key for exactly one of 10 racing commits',
    async run(kit) {
      const [one, other] = await kit.pair();
      const key = (tenant: string, deploymentId: string) => ({
        idempotency: { tenant, key: 'order-1', fingerprint: 'f', deploymentId, createdAt: 1_700_000_000_000 },
      });
      const racing = times(10, (index) => {
        const desired = sampleDesired();
        return create(index % 2 ? one : other, desired, key('tenant-a', desired.id));
      });
      const { won, codes } = await raced(racing);
      assert.equal(won.length, 1);
      assert.deepEqual(new Set(codes), new Set(['conflict']));
      const winner = won[0]?.record?.desired.id ?? '';
      assert.deepEqual(await other.findIdempotent('tenant-a', 'order-1'), key('tenant-a', winner).idempotency);
      assert.equal((await one.list({})).items.length, 1);
      const foreign = sampleDesired({ tenant: 'tenant-b' });
      await create(one, foreign, key('tenant-b', foreign.id));
      assert.equal((await one.findIdempotent('tenant-b', 'order-1'))?.deploymentId, foreign.id);
      assert.equal(await one.findIdempotent('tenant-a', 'order-2'), undefined);
    },
  },
];

function plainWithout(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

function never(): never {
  throw new Error('the record is missing');
}

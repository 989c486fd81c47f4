import { MoorageError } from '@moorage/protocol/base';
import { expect, it } from 'vitest';
import type { LiveFigures } from './model/live-figures.js';
import type { Store } from './ports/store.js';
import { virtualWorld } from './testing/virtual-world.js';

const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: { image: 'calculator:1' },
};
const tenant = 'customer-1';
const away = () => Promise.reject(new MoorageError('unavailable', 'this server is read-only'));

it('is not ready while its store answers and takes nothing, and ready again after it', async () => {
  const world = virtualWorld();
  let readOnly = false;
  const store: Store = {
    ...world.store,
    commit: (change) => (readOnly ? away() : world.store.commit(change)),
    acquireLeases: (...args) => (readOnly ? away() : world.store.acquireLeases(...args)),
  };
  const { host } = await world.host({ store });
  const calc = await world.settle(host.deploy(manifest, { tenant }));
  await world.settle(calc.ready());
  readOnly = true;
  await world.clock.advance(20_000);
  const told = await host.check();
  expect(told.ready).toBe(false);
  expect(told.problems.join()).toContain('takes nothing: this server is read-only');
  await expect(host.deploy(manifest, { tenant, name: 'another' })).rejects.toMatchObject({ code: 'unavailable' });
  // It ends meanwhile: without the right to write nothing is made in its place.
  const [before] = (await calc.view()).instances;
  world.engine.kill(before?.observed.name ?? '');
  await world.clock.advance(60_000);
  expect(world.engine.leftovers(host.owner).filter((name) => name.startsWith('moor-'))).toHaveLength(1);
  readOnly = false;
  await world.clock.advance(20_000);
  expect((await host.check()).ready).toBe(true);
  await world.settle(calc.ready());
  expect((await calc.view()).instances.map((one) => one.observed.name)).not.toContain(before?.observed.name);
});

it('reads what it could not read when it got the work, at the next look', async () => {
  const world = virtualWorld();
  const first = await world.host();
  const calc = await world.settle(first.host.deploy(manifest, { tenant }));
  await world.settle(calc.ready());
  first.kill();
  let refused = 0;
  const store: Store = {
    ...world.store,
    list(...args) {
      refused += 1;
      return refused === 1 ? away() : world.store.list(...args);
    },
  };
  const { host } = await world.host({ store });
  await world.clock.advance(12_000);
  expect(refused).toBe(2);
  expect(host.metrics()['deployments{phase="ready"}']).toBe(1);
});

it('writes figures again that could not be written', async () => {
  const world = virtualWorld();
  const written: LiveFigures[] = [];
  let calls = 0;
  const store: Store = {
    ...world.store,
    async recordLive(figures) {
      calls += 1;
      if (calls < 3) return away();
      written.push(...figures);
    },
  };
  const { host } = await world.host({ store });
  const calc = await world.settle(host.deploy(manifest, { tenant }));
  await world.settle(calc.ready());
  await world.clock.advance(60_000);
  expect(written.at(-1)).toMatchObject({ deploymentId: calc.id, health: 'healthy' });
  const last = written.length;
  // The time that it runs goes on by itself: nothing is written for it.
  await world.clock.advance(300_000);
  expect(written.length - last).toBeLessThan(2);
});

it('asks for revisions where the store tells them, and reads only what has changed', async () => {
  const world = virtualWorld();
  const first = await world.host();
  const calc = await world.settle(first.host.deploy(manifest, { tenant }));
  await world.settle(calc.ready());
  let lists = 0;
  let asked = 0;
  const store: Store = {
    ...world.store,
    // Hints of others are lost.
    watch: () => () => undefined,
    list(filter, page) {
      if (filter.shards) lists += 1;
      return world.store.list(filter, page);
    },
    async revisions(shards) {
      asked += 1;
      const { items } = await world.store.list({ shards }, { limit: 1_000 });
      return new Map(items.map((record) => [record.desired.id, record.revision]));
    },
  };
  first.kill();
  const { host } = await world.host({ store });
  await world.clock.advance(15_000);
  const before = lists;
  const record = await world.store.read(calc.id);
  if (!record) throw new Error('there is no record');
  await world.store.commit({
    deploymentId: calc.id,
    expectedRevision: record.revision,
    desired: { ...record.desired, replicas: 2, generation: record.desired.generation + 1 },
    events: [],
    audit: [],
  });
  await world.clock.advance(120_000);
  expect(asked).toBeGreaterThan(0);
  expect(lists).toBe(before);
  expect((await (await host.get(calc.id)).view()).instances).toHaveLength(2);
});

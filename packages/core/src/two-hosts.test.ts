import { MoorageError } from '@moorage/protocol/base';
import { describe, expect, it } from 'vitest';
import type { Host } from './host-types.js';
import { memoryDriver } from './memory/memory-driver.js';
import { memoryEngine } from './memory/memory-engine.js';
import { seededRandom } from './memory/seeded-random.js';
import { virtualWorld } from './testing/virtual-world.js';

const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: {
    image: 'calculator:1',
    probes: { interval_ms: 1000, timeout_ms: 500, start_period_ms: 5000, failure_threshold: 10 },
  },
};
const tenant = 'customer-1';
const many = 12;

/** What a client is told of each deployment. */
async function told(host: Host) {
  const { items } = await host.list();
  return items.map(({ record, phase, health, url, instances }) => ({
    id: record.desired.id,
    instances: instances.map((one) => [one.observed.name, one.health, one.lastError]),
    ...{ phase, health, url },
  }));
}

/** Two hosts that share the work, and deployments of which each has some. */
async function twoHosts() {
  const world = virtualWorld();
  const one = await world.host();
  const two = await world.host();
  await world.clock.advance(15_000);
  const ids: string[] = [];
  for (let index = 0; index < many; index += 1) {
    const deployed = two.host.deploy(manifest, { tenant, name: `calculator-${index}` });
    ids.push((await world.settle(deployed)).id);
  }
  return { world, one, two, ids };
}

describe('two hosts on one store', () => {
  it('tell the same of every deployment, whoever works on it: ready, address, health, figures', async () => {
    const { world, one, two, ids } = await twoHosts();
    for (const { host } of [one, two]) {
      for (const id of ids) {
        const handle = await world.settle(host.get(id));
        await world.settle(handle.ready());
        expect(handle.address).toMatch(/^http:\/\/memory:2\d{4}$/);
        expect(handle.health).toBe('healthy');
      }
    }
    await world.clock.advance(5_000);
    expect(await world.settle(told(one.host))).toEqual(await world.settle(told(two.host)));
    const { items } = await world.settle(two.host.list());
    expect(items.map(({ responseTimeMs }) => responseTimeMs)).not.toContain(undefined);
    // Each address is open at one of them.
    expect(one.door.ports().length).toBeGreaterThan(0);
    expect(two.door.ports().length).toBeGreaterThan(0);
    expect(one.door.ports().length + two.door.ports().length).toBe(many);
  });

  it('take wishes for each other’s, and tell what became of them', async () => {
    const { world, one, two, ids } = await twoHosts();
    for (const id of ids) {
      const handle = await world.settle(one.host.get(id));
      await world.settle(handle.ready());
      await world.settle(handle.scale(2));
      await world.settle(handle.ready());
      const view = await world.settle((await world.settle(two.host.get(id))).view());
      expect(view.instances.map(({ health }) => health)).toEqual(['healthy', 'healthy']);
    }
    for (const id of ids) await world.settle((await world.settle(two.host.get(id))).park('stop'));
    await world.clock.advance(15_000);
    const seen = await world.settle(told(one.host));
    expect(new Set(seen.map(({ phase }) => phase))).toEqual(new Set(['parked']));
    expect(seen).toEqual(await world.settle(told(two.host)));
  });

  it('tell an agent that does not answer with its last error, whoever watches it', async () => {
    const { world, one, two, ids } = await twoHosts();
    for (const id of ids) await world.settle((await world.settle(one.host.get(id))).ready());
    const { items } = await world.settle(one.host.list());
    for (const { instances } of items)
      for (const { observed } of instances) world.engine.behave(observed.name, { health: 'fail' });
    await world.clock.advance(4_000);
    for (const { host } of [one, two]) {
      const views = await world.settle(host.list());
      expect(views.items.map(({ lastError }) => lastError)).not.toContain(undefined);
    }
  });

  it('and when one dies the other one opens its addresses, and says so', async () => {
    const { world, one, two, ids } = await twoHosts();
    for (const id of ids) await world.settle((await world.settle(one.host.get(id))).ready());
    const before = await world.settle(told(two.host));
    one.kill();
    await world.clock.advance(30_000);
    expect(two.door.ports()).toHaveLength(many);
    expect(await world.settle(told(two.host))).toEqual(before);
  });
});

describe('a host on another engine', () => {
  it('is refused when it starts, with the way out, and changes nothing', async () => {
    const { world, one, two } = await twoHosts();
    await world.clock.advance(15_000);
    const before = await world.settle(told(one.host));
    const elsewhere = memoryEngine({ clock: world.clock, random: seededRandom(7) });
    const started = world.host({ driver: memoryDriver({ engine: elsewhere }), hostId: 'h-elsewhere' });
    await expect(started).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/"h-elsewhere" works on engine .* share one engine\. Stop that one first/),
    });
    await world.clock.advance(60_000);
    expect(elsewhere.leftovers(one.host.owner)).toEqual([]);
    expect(await world.settle(told(two.host))).toEqual(before);
  });

  it('that is away when the host starts is found out by the first look: the host is not ready, and does nothing', async () => {
    const { world, one, ids } = await twoHosts();
    await world.clock.advance(15_000);
    const before = await world.settle(told(one.host));
    const elsewhere = memoryEngine({ clock: world.clock, random: seededRandom(7) });
    const driver = memoryDriver({ engine: elsewhere });
    let isAway = true;
    const late = await world.host({
      driver: {
        ...driver,
        list: (...args) =>
          isAway ? Promise.reject(new MoorageError('unavailable', 'The engine is away')) : driver.list(...args),
      },
    });
    await world.clock.advance(15_000);
    isAway = false;
    await world.clock.advance(60_000);
    const { ready, problems } = await world.settle(late.host.check());
    expect(ready).toBe(false);
    expect(problems).toEqual([expect.stringMatching(/share one engine/)]);
    expect(elsewhere.leftovers(one.host.owner)).toEqual([]);
    expect(await world.settle(told(one.host))).toEqual(before);
    // Its share went back to the others.
    for (const id of ids) {
      const handle = await world.settle(one.host.get(id));
      await world.settle(handle.restart());
      await world.settle(handle.ready());
    }
    await world.settle(late.host.close());
  });

  it('is taken once nobody works on the former one any more', async () => {
    const { world, one, two } = await twoHosts();
    await world.settle(one.host.close());
    two.kill();
    const elsewhere = memoryEngine({ clock: world.clock, random: seededRandom(7) });
    const start = () => {
      const driver = memoryDriver({ engine: elsewhere });
      return world.host({ driver, transport: driver.transport });
    };
    await expect(start()).rejects.toMatchObject({ code: 'conflict' });
    await world.clock.advance(11_000);
    const { host } = await start();
    await world.clock.advance(60_000);
    const views = await world.settle(host.list());
    expect(elsewhere.leftovers(host.owner)).not.toEqual([]);
    expect(views.items.map(({ phase }) => phase)).toEqual(Array.from({ length: many }, () => 'ready'));
  });
});

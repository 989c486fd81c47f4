import { describe, expect, it } from 'vitest';
import { memoryFrontDoor } from './memory/memory-front-door.js';
import { virtualWorld } from './testing/virtual-world.js';

const probes = { interval_ms: 1000, timeout_ms: 500, start_period_ms: 5000 };
const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: { image: 'calculator:1', probes },
};
const tenant = 'customer-1';

const names = (view: { instances: readonly { observed: { name: string } }[] }) =>
  view.instances.map((one) => one.observed.name).sort();

describe('a host that dies', () => {
  it('is followed by one that adopts what runs: same instances, same ports', async () => {
    const world = virtualWorld();
    const first = await world.host();
    const calc = await world.settle(first.host.deploy(manifest, { tenant, replicas: 3 }));
    await world.settle(calc.ready());
    const before = names(await world.settle(calc.view()));
    const { address } = calc;
    first.kill();
    const { host } = await world.host();
    const again = await world.settle(host.get(calc.id));
    await world.settle(again.ready());
    await world.clock.advance(30_000);
    expect(names(await world.settle(again.view()))).toEqual(before);
    expect(again.address).toBe(address);
    await world.settle(host.close());
  });

  it.each(['plan-committed', 'before-create', 'after-create', 'desired-committed'])(
    'at %s leaves nothing lost and nothing twice',
    async (point) => {
      const world = virtualWorld();
      const doomed = await world.host({
        crashPoints: {
          reach(reached) {
            if (reached !== point) return undefined;
            doomed.kill();
            return new Promise(() => undefined);
          },
        },
      });
      const deployed = doomed.host.deploy(manifest, { tenant, replicas: 2 });
      deployed.catch(() => undefined);
      await world.clock.advance(2_000);
      doomed.kill();
      const { host } = await world.host();
      await world.clock.advance(60_000);
      const { items } = await world.settle(host.list());
      expect(items).toHaveLength(1);
      expect(items[0]?.phase).toBe('ready');
      expect(items[0]?.instances).toHaveLength(2);
      await world.settle(host.close({ remove: true }));
      expect(world.engine.leftovers(host.owner)).toEqual([]);
    },
  );

  it.each(['update', 'restart'])(
    'in the middle of an %s is followed by one that keeps the old ones serving',
    async (how) => {
      const world = virtualWorld();
      const first = await world.host();
      const calc = await world.settle(first.host.deploy(manifest, { tenant, replicas: 3 }));
      await world.settle(calc.ready());
      await world.clock.advance(10_000);
      const before = names(await world.settle(calc.view()));
      world.engine.behave('*', { healthyAfterMs: 4_000 });
      const next = { ...manifest, runtime: { ...manifest.runtime, image: 'calculator:2' } };
      await (how === 'update' ? world.settle(calc.update(next)) : world.settle(calc.restart()));
      await world.clock.advance(2_000);
      first.kill();
      const { host } = await world.host();
      const again = await world.settle(host.get(calc.id));
      for (let second = 0; second < 60; second += 1) {
        await world.clock.advance(1_000);
        const { instances } = await world.settle(again.view());
        const serving = instances.filter(
          (one) => before.includes(one.observed.name) || (one.health === 'healthy' && one.observed.state === 'running'),
        );
        expect(serving.length).toBeGreaterThanOrEqual(3);
      }
      await world.settle(again.ready());
      expect(names(await world.settle(again.view())).some((name) => before.includes(name))).toBe(false);
      await world.settle(host.close());
    },
  );

  it('in the middle of a deletion is followed by one that finishes it', async () => {
    const world = virtualWorld();
    const first = await world.host();
    const calc = await world.settle(first.host.deploy(manifest, { tenant, replicas: 2 }));
    await world.settle(calc.ready());
    await world.settle(calc.remove());
    first.kill();
    const { host } = await world.host();
    await world.clock.advance(60_000);
    expect((await world.settle(host.list())).items).toEqual([]);
    expect(world.engine.leftovers(host.owner)).toEqual([]);
    await world.settle(host.close());
  });
});

describe('an engine that does not answer', () => {
  it('is unknown, not empty: nothing is replaced, and the host goes on afterwards', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    const calc = await world.settle(host.deploy(manifest, { tenant, replicas: 2 }));
    await world.settle(calc.ready());
    const before = names(await world.settle(calc.view()));
    world.engine.stop();
    await world.clock.advance(60_000);
    expect((await world.settle(host.check())).ready).toBe(false);
    world.engine.start();
    await world.clock.advance(60_000);
    expect(names(await world.settle(calc.view()))).toEqual(before);
    expect((await world.settle(host.check())).ready).toBe(true);
    await world.settle(host.close());
  });

  it('and comes back with everything ended: each instance is started again, once', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    const calc = await world.settle(host.deploy(manifest, { tenant, replicas: 3 }));
    await world.settle(calc.ready());
    world.engine.stop({ instances: 'exited' });
    await world.clock.advance(20_000);
    world.engine.start();
    await world.clock.advance(60_000);
    const view = await world.settle(calc.view());
    expect(view.phase).toBe('ready');
    expect(view.instances.map((one) => one.observed.attempt)).toEqual([2, 2, 2]);
    await world.settle(host.close());
  });

  it('refuses creates for a while: attempts are few, and it gets there', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    world.engine.stop();
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.clock.advance(120_000);
    world.engine.start();
    await world.settle(calc.ready());
    const view = await world.settle(calc.view());
    expect(view.record.status.slots[0]?.attempt).toBeLessThan(5);
    await world.settle(host.close());
  });
});

describe('what others do to our instances', () => {
  it('a kill and a removal by hand are put right and told', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.settle(calc.ready());
    const [first] = names(await world.settle(calc.view()));
    world.engine.kill(first ?? '', { code: 137, signal: 'SIGKILL' });
    await world.clock.advance(5_000);
    const [second] = names(await world.settle(calc.view()));
    expect(second).not.toBe(first);
    world.engine.removeByHand(second ?? '');
    await world.clock.advance(30_000);
    expect((await world.settle(calc.view())).phase).toBe('ready');
    const reasons = (await world.settle(calc.incidents())).map((incident) => incident.reason).sort();
    expect(reasons).toEqual(['operator', 'signal']);
    await world.settle(host.close());
  });

  it('an instance that the store never heard of is reported and left alone', async () => {
    const world = virtualWorld();
    const other = virtualWorld();
    const { host } = await world.host();
    const stray = await other.host();
    const calc = await other.settle(stray.host.deploy(manifest, { tenant }));
    await other.settle(calc.ready());
    const spec = [...other.engine.inside.world.instances.values()][0]?.spec;
    if (!spec) throw new Error('there is no instance');
    world.engine.halfMade({ ...spec, owner: host.owner });
    await world.clock.advance(60_000);
    expect(world.engine.leftovers(host.owner)).toEqual([spec.name]);
    expect((await world.settle(host.check())).problems.join()).toContain('never heard of');
    await world.settle(host.close());
    await other.settle(stray.host.close());
  });
});

describe('a port of the range that another program holds', () => {
  it('is passed over for a new address, and an address that was told is kept', async () => {
    const world = virtualWorld();
    const door = memoryFrontDoor({ clock: world.clock });
    const foreign = { tenant: 'x', agentId: 'x', deploymentId: 'x', createdAt: 0 };
    await door.open({ ...foreign, id: 'a-x', port: 20_000 }, 'x');
    await door.open({ ...foreign, id: 'a-y', port: 20_001 }, 'x');
    const { host } = await world.host({ frontDoor: door });
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.settle(calc.ready());
    expect(calc.address).toBe('http://memory:20002');
    await door.release('a-x');
    const other = await world.settle(host.deploy(manifest, { tenant, name: 'b' }));
    await world.settle(other.ready());
    expect(other.address).toBe('http://memory:20000');
    expect(calc.address).toBe('http://memory:20002');
    await world.settle(host.close());
  });
});

describe('health', () => {
  it('an instance that stops answering is replaced after the threshold, not at the first failure', async () => {
    const world = virtualWorld();
    const { host, door } = await world.host();
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.settle(calc.ready());
    const [first] = names(await world.settle(calc.view()));
    world.engine.behave(first ?? '', { health: 'fail' });
    await world.clock.advance(1_500);
    expect(names(await world.settle(calc.view()))).toEqual([first]);
    await world.clock.advance(20_000);
    const view = await world.settle(calc.view());
    expect(names(view)).not.toContain(first);
    expect(view.phase).toBe('ready');
    expect(door.backends(view.record.address.id)?.map((one) => one.instance)).toEqual(names(view));
    expect((await world.settle(calc.incidents()))[0]).toMatchObject({ reason: 'probe-failed' });
    await world.settle(host.close());
  });

  it('a jump of the wall clock changes nothing', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    const calc = await world.settle(host.deploy(manifest, { tenant, replicas: 2 }));
    await world.settle(calc.ready());
    const before = names(await world.settle(calc.view()));
    world.clock.jumpWall(3_600_000);
    await world.clock.advance(60_000);
    world.clock.jumpWall(-7_200_000);
    await world.clock.advance(60_000);
    expect(names(await world.settle(calc.view()))).toEqual(before);
    await world.settle(host.close());
  });
});

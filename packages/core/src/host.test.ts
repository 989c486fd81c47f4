import { describe, expect, it } from 'vitest';
import { createHost } from './create-host.js';
import type { HostEvent } from './model/events.js';
import { virtualWorld } from './testing/virtual-world.js';

const probes = { interval_ms: 1000, timeout_ms: 500, start_period_ms: 5000 };
const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  capabilities: ['calculation'],
  runtime: { image: 'calculator:1', probes },
};
const version = (image: string) => ({ ...manifest, runtime: { ...manifest.runtime, image } });
const tenant = 'customer-1';

describe('createHost', () => {
  it('runs on memory with no options at all', async () => {
    await using host = await createHost();
    const calc = await host.deploy(manifest, { tenant });
    await calc.ready();
    expect(calc.health).toBe('healthy');
    expect(calc.address).toMatch(/^http:/);
    await calc.remove();
    await calc.gone();
    await expect(host.get(calc.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses a range of ports that is none', async () => {
    await expect(createHost({ ports: { from: 9, to: 3 } })).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('a deployment', () => {
  it('scales, rolls out, restarts, parks and goes, and tells each by event and audit', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    const seen: HostEvent[] = [];
    host.on('*', (event) => seen.push(event));
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.settle(calc.ready());
    expect(await world.settle(calc.scale(3))).toEqual({ from: 1, to: 3 });
    await world.settle(calc.ready());
    await world.settle(calc.update(version('calculator:2')));
    await world.settle(calc.ready());
    const view = await world.settle(calc.view());
    expect(view.instances).toHaveLength(3);
    const hash = view.record.desired.templateHash;
    expect(view.instances.map((one) => one.observed.templateHash)).toEqual([hash, hash, hash]);
    await world.settle(calc.restart());
    await world.settle(calc.ready());
    await world.settle(calc.park('pause'));
    await world.clock.advance(1_000);
    expect((await world.settle(calc.view())).phase).toBe('parked');
    await world.settle(calc.unpark());
    await world.settle(calc.ready());
    await world.settle(calc.remove());
    await world.settle(calc.gone());
    const types = seen.map((event) => event.type);
    for (const type of ['deployment-created', 'rollout-finished', 'deployment-parked', 'deployment-deleted'] as const) {
      expect(types).toContain(type);
    }
    const actions = (await world.settle(calc.audit())).map((record) => record.action);
    expect(actions.at(0)).toBe('deploy');
    expect(actions.at(-1)).toBe('drop');
    expect(world.engine.leftovers(host.owner)).toEqual([]);
    await world.settle(host.close());
  });

  it('is the same one when it is deployed again, and another version is refused with the way out', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    const [a, b] = await world.settle(
      Promise.all([host.deploy(manifest, { tenant }), host.deploy(manifest, { tenant })]),
    );
    expect(a.id).toBe(b.id);
    expect([a.created, b.created].sort()).toEqual([false, true]);
    await expect(world.settle(host.deploy(version('calculator:2'), { tenant }))).rejects.toMatchObject({
      code: 'already_exists',
      message: expect.stringContaining(`PUT /v1/containers/${a.id}`),
    });
    const second = await world.settle(host.deploy(manifest, { tenant, name: 'a second one' }));
    expect(second.id).not.toBe(a.id);
    await world.settle(host.close());
  });

  it('honours an idempotency key, also in the next life of the host', async () => {
    const world = virtualWorld();
    const first = await world.host({ hostId: 'h' });
    const a = await world.settle(first.host.deploy(manifest, { tenant, idempotencyKey: 'k' }));
    first.kill();
    const { host } = await world.host({ hostId: 'h' });
    const b = await world.settle(host.deploy(manifest, { tenant, idempotencyKey: 'k' }));
    expect(b.id).toBe(a.id);
    await expect(world.settle(host.deploy(version('other:1'), { tenant, idempotencyKey: 'k' }))).rejects.toMatchObject({
      code: 'conflict',
    });
    await world.settle(host.close());
  });

  it('is rolled back with its reason when the new version does not come up', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    const calc = await world.settle(host.deploy(manifest, { tenant, replicas: 2 }));
    await world.settle(calc.ready());
    world.engine.behave('calculator:2', { healthyAfterMs: 1_000, exitAfterMs: 100, exit: { code: 3 } });
    await world.settle(calc.update(version('calculator:2')));
    await expect(world.settle(calc.ready())).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/Rolled back .*exit code 3/),
    });
    await world.clock.advance(30_000);
    const view = await world.settle(calc.view());
    expect(view.phase).toBe('degraded');
    expect(view.instances).toHaveLength(2);
    expect(view.instances.every((one) => one.health === 'healthy')).toBe(true);
    await world.settle(host.close());
  });

  it('tells a crash loop with exit code and last lines; restart is the way out', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    world.engine.behave('calculator:1', {
      healthyAfterMs: 1_000,
      exitAfterMs: 200,
      exit: { code: 7 },
      lines: ['cannot find my config'],
    });
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await expect(world.settle(calc.ready())).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/Crash loop: 3 attempts .*exit code 7/),
    });
    const [incident] = await world.settle(calc.incidents());
    expect(incident).toMatchObject({ reason: 'exit-code', exit: { code: 7 } });
    expect(incident?.logs.map((line) => line.text)).toContain('cannot find my config');
    world.engine.behave('calculator:1', {});
    await world.settle(calc.restart());
    await world.settle(calc.ready());
    await world.settle(host.close());
  });

  it('an image that cannot be run fails at once, in words', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    const { MoorageError } = await import('@moorage/protocol/base');
    world.engine.behave('calculator:1', {
      createError: new MoorageError('invalid_argument', 'Cannot find the image "calculator:1"'),
    });
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await expect(world.settle(calc.ready())).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('Cannot find the image "calculator:1"'),
    });
    world.engine.behave('calculator:1', {});
    await world.clock.advance(400_000);
    await world.settle(calc.ready());
    await world.settle(host.close());
  });
});

describe('tenants', () => {
  it('cannot see or touch what is another one', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    const other = { tenant: 'customer-2' };
    await expect(world.settle(host.get(calc.id, other))).rejects.toMatchObject({
      code: 'not_found',
      message: `There is no deployment "${calc.id}"`,
    });
    await expect(world.settle(calc.remove(other))).rejects.toMatchObject({ code: 'not_found' });
    expect((await world.settle(host.list(other))).items).toEqual([]);
    expect(await world.settle(host.discover('calculation', other))).toEqual([]);
    expect(await world.settle(host.discover('calculation'))).toHaveLength(1);
    await world.settle(host.close());
  });

  it('are held to their quota, with the limit and what frees it', async () => {
    const world = virtualWorld();
    const { host } = await world.host({ quota: { instances: 2 } });
    const calc = await world.settle(host.deploy(manifest, { tenant, replicas: 2 }));
    await expect(world.settle(calc.scale(3))).rejects.toMatchObject({ code: 'resource_exhausted' });
    await expect(world.settle(host.deploy(manifest, { tenant, name: 'b' }))).rejects.toMatchObject({
      code: 'resource_exhausted',
    });
    await world.settle(host.deploy(manifest, { tenant: 'customer-2', replicas: 2 }));
    await world.settle(host.close());
  });
});

describe('secrets', () => {
  it('reach the agent and nothing else', async () => {
    const world = virtualWorld();
    const { host } = await world.host();
    const secret = 'canary-7f3a9';
    const env = [{ name: 'API_KEY', value: secret, secret: true }];
    const calc = await world.settle(host.deploy({ ...manifest, runtime: { ...manifest.runtime, env } }, { tenant }));
    await world.settle(calc.ready());
    const view = await world.settle(calc.view());
    const everything = JSON.stringify([view, await calc.audit(), await calc.incidents()]);
    expect(everything).not.toContain(secret);
    const again = await world.settle(host.deploy({ ...manifest, runtime: { ...manifest.runtime, env } }, { tenant }));
    expect(again.id).toBe(calc.id);
    await world.settle(host.close());
  });
});

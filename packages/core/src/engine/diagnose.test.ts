import { describe, expect, it } from 'vitest';
import { memoryCluster } from '../memory/memory-cluster.js';
import { memoryDriver } from '../memory/memory-driver.js';
import { memoryWorkloadDriver } from '../memory/memory-workload-driver.js';
import type { Driver } from '../ports/driver.js';
import type { Store } from '../ports/store.js';
import { type VirtualWorld, virtualWorld } from '../testing/virtual-world.js';
import { type DiagnoseOptions, diagnose } from './diagnose.js';

const probes = { interval_ms: 1000, timeout_ms: 500, start_period_ms: 5000 };
const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: { image: 'calculator:1', probes },
};
const tenant = 'customer-1';

const storeReads = ['owner', 'read', 'list', 'audit', 'addresses', 'incidents', 'healthChecks', 'holders'];

/** Every method but these throws. */
function readOnly<T extends object>(target: T, allowed: readonly string[]): T {
  const refuse = (name: string) => () => {
    throw new Error(`${name} was called by one who only looks`);
  };
  const entries = Object.entries(target).map(([name, value]) =>
    typeof value === 'function' && !allowed.includes(name) ? [name, refuse(name)] : [name, value],
  );
  return Object.fromEntries(entries) as T;
}

function look(world: VirtualWorld, more: Partial<DiagnoseOptions> = {}) {
  const driver: Driver = memoryDriver({ engine: world.engine });
  return world.settle(
    diagnose({
      store: readOnly<Store>(world.store.open(), storeReads),
      driver: readOnly(driver, ['list']),
      now: world.clock.now(),
      ...more,
    }),
  );
}

const kinds = (diagnosis: Awaited<ReturnType<typeof diagnose>>) => diagnosis.findings.map((finding) => finding.kind);

async function deployed(replicas = 1) {
  const world = virtualWorld();
  const first = await world.host();
  const calc = await world.settle(first.host.deploy(manifest, { tenant, replicas }));
  await world.settle(calc.ready());
  await world.clock.advance(5_000);
  const view = await world.settle(calc.view());
  return { world, first, calc, names: view.instances.map((one) => one.observed.name) };
}

describe('diagnose', () => {
  it('finds nothing where store and engine agree, and tells who works', async () => {
    const { world, first } = await deployed(2);
    const found = await look(world);
    expect(found).toMatchObject({ findings: [], deployments: 1, instances: 2, owner: first.host.owner });
    expect(found.hosts).toEqual([{ id: expect.any(String), deployments: 1 }]);
    await world.settle(first.host.close());
  });

  it('says what is missing, and what the next host does is what was said', async () => {
    const { world, first, names } = await deployed(2);
    first.kill();
    world.engine.removeByHand(names[1] as string);
    await world.clock.advance(20_000);
    const found = await look(world);
    expect(kinds(found)).toEqual(['missing', 'no-host']);
    const [missing] = found.findings;
    expect(missing?.willDo).toMatch(/^create moor-.*: 1 of 2 there$/);
    const next = await world.host();
    await world.clock.advance(20_000);
    expect(await look(world)).toMatchObject({ findings: [], instances: 2 });
    const { instances } = await world.settle(observe(world, found.owner));
    expect(instances.map((one) => one.name)).toContain(missing?.instance);
    await world.settle(next.host.close());
  });

  it('tells an end with its cause', async () => {
    const { world, first, names } = await deployed();
    first.kill();
    world.engine.kill(names[0] as string, { code: 3 });
    const found = await look(world);
    expect(kinds(found)).toEqual(['ended', 'missing']);
    // Its lease has not run out yet: nobody can tell that it is gone.
    expect(found.findings[0]?.host).toBe(found.hosts[0]?.id);
    await world.clock.advance(20_000);
    const later = await look(world);
    expect(later).toMatchObject({ hosts: [] });
    expect(later.findings[0]).not.toHaveProperty('host');
    expect(found.findings[0]?.message).toContain('exit code 3');
  });

  it('leaves alone what the store never heard of, and collects what it records as deleted', async () => {
    const world = virtualWorld();
    const first = await world.host();
    const restore = world.store.backup();
    const calc = await world.settle(first.host.deploy(manifest, { tenant }));
    await world.settle(calc.ready());
    const spec = specOf(world);
    first.kill();
    restore();
    const unknown = await look(world);
    expect(unknown.findings).toMatchObject([
      { kind: 'unknown', deploymentId: calc.id, willDo: 'report it, and leave it alone' },
    ]);
    world.engine.removeByHand(spec.name);
    const second = await world.host();
    const again = await world.settle(second.host.deploy(manifest, { tenant }));
    await world.settle(again.ready());
    const late = specOf(world);
    await world.settle(again.remove());
    await world.settle(again.gone());
    second.kill();
    world.engine.halfMade(late);
    expect((await look(world)).findings).toMatchObject([
      { kind: 'leftover', instance: late.name, willDo: 'collect it' },
    ]);
  });

  it('reports what carries another owner, which is no difference', async () => {
    const { world, first } = await deployed();
    const { findings } = await look(world, { foreign: [{ name: 'moor-theirs', owner: 'o-other' }] });
    expect(findings).toMatchObject([{ kind: 'not-ours', differs: false, instance: 'moor-theirs', owner: 'o-other' }]);
    await world.settle(first.host.close());
  });

  it('concludes nothing from an engine that does not answer', async () => {
    const { world, first } = await deployed();
    first.kill();
    world.engine.stop();
    await expect(look(world)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('does not blame what a host changed during the look', async () => {
    const { world, first, calc, names } = await deployed();
    world.engine.removeByHand(names[0] as string);
    const store = world.store.open();
    const found = await look(world, {
      store: {
        ...readOnly<Store>(store, storeReads),
        read: async (id) => {
          const record = await store.read(id);
          return record && { ...record, revision: record.revision + 1 };
        },
      },
    });
    expect(found.findings).toMatchObject([{ kind: 'in-motion', differs: false, deploymentId: calc.id }]);
    await world.settle(first.host.close());
  });
});

describe('diagnose on an orchestrator', () => {
  it('compares the wish with what the cluster was told', async () => {
    const world = virtualWorld();
    const cluster = memoryCluster(world.engine);
    const driver = () => memoryWorkloadDriver({ engine: world.engine, cluster });
    const first = await world.host({ driver: driver(), transport: driver().transport });
    const calc = await world.settle(first.host.deploy(manifest, { tenant }));
    await world.settle(calc.ready());
    const looking = () => look(world, { driver: readOnly(driver(), ['describe']) });
    expect(await looking()).toMatchObject({ findings: [], instances: 1 });
    world.engine.stop();
    await world.settle(calc.scale(3));
    first.kill();
    world.engine.start();
    const { findings } = await looking();
    expect(findings[0]).toMatchObject({
      kind: 'outdated',
      willDo: 'apply it with 3 instances: 3 instances are wanted, not 1',
    });
  });
});

function observe(world: VirtualWorld, owner: string) {
  return memoryDriver({ engine: world.engine }).list({ owner }, { signal: new AbortController().signal });
}

/** The spec of the only instance there is. */
function specOf(world: VirtualWorld) {
  const [instance] = [...world.engine.inside.world.instances.values()];
  if (!instance) throw new Error('There is no instance');
  return instance.spec;
}

import { MoorageError } from '@moorage/protocol/base';
import { describe, expect, it } from 'vitest';
import { directFrontDoor } from './engine/direct-front-door.js';
import { memoryCluster } from './memory/memory-cluster.js';
import { memoryEngine } from './memory/memory-engine.js';
import { memoryWorkloadDriver } from './memory/memory-workload-driver.js';
import { seededRandom } from './memory/seeded-random.js';
import type { AgentTransport } from './ports/agent-transport.js';
import type { WorkloadDriver } from './ports/driver.js';
import { virtualWorld } from './testing/virtual-world.js';

const probes = { interval_ms: 1000, timeout_ms: 500, start_period_ms: 5000 };
const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: { image: 'calculator:1', probes, rollout_deadline_ms: 20_000 },
};
const version = (image: string) => ({ ...manifest, runtime: { ...manifest.runtime, image } });
const tenant = 'customer-1';

function clusterWorld() {
  const world = virtualWorld();
  const engine = memoryEngine({ clock: world.clock, random: seededRandom(3) });
  const cluster = memoryCluster(engine);
  const driver = () => memoryWorkloadDriver({ engine, cluster });
  return { world, engine, cluster, host: () => world.host({ driver: driver(), transport: driver().transport }) };
}

/** A cluster whose agents are reached at the address of all of them, and not one by one. */
function behindAddress() {
  const { world, engine, cluster } = clusterWorld();
  const driver = (): WorkloadDriver => {
    const inner = memoryWorkloadDriver({ engine, cluster });
    return {
      ...inner,
      async describe(scope, call) {
        const { workloads, ...observation } = await inner.describe(scope, call);
        const behind = workloads.map((workload) => ({
          ...workload,
          address: { host: 'calculator.svc', port: 8080 },
          instances: workload.instances.map((one) => ({ ...one, endpoint: undefined, health: 'healthy' as const })),
        }));
        return { ...observation, workloads: behind };
      },
    };
  };
  return { world, driver };
}

describe('a host on an orchestrator', () => {
  it('states the wish and tells how it is: deploy, scale, roll-out, restart, park, delete', async () => {
    const { world, engine, host: start } = clusterWorld();
    const { host } = await start();
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.settle(calc.ready());
    expect(calc.address).toMatch(/^http/);
    expect([...engine.inside.world.instances.values()].map(({ spec }) => spec.env)).toEqual([
      { MOORAGE_AGENT_ID: manifest.agent_id, MOORAGE_CUSTOMER_ID: tenant },
    ]);
    await world.settle(calc.scale(3));
    await world.settle(calc.ready());
    expect((await world.settle(calc.view())).instances).toHaveLength(3);
    await world.settle(calc.update(version('calculator:2')));
    await world.settle(calc.ready());
    const { desired } = (await world.settle(calc.view())).record;
    expect((await world.settle(calc.view())).instances.map((one) => one.observed.templateHash)).toEqual(
      Array.from({ length: 3 }, () => desired.templateHash),
    );
    const before = (await world.settle(calc.view())).instances.map((one) => one.observed.name);
    await world.settle(calc.restart());
    await world.settle(calc.ready());
    const after = (await world.settle(calc.view())).instances.map((one) => one.observed.name);
    expect(after.some((name) => before.includes(name))).toBe(false);
    await world.settle(calc.park());
    await world.clock.advance(10_000);
    expect(await world.settle(calc.view())).toMatchObject({ phase: 'parked', instances: [] });
    await world.settle(calc.unpark());
    await world.settle(calc.ready());
    await world.settle(calc.remove());
    await world.settle(calc.gone());
    expect(engine.leftovers(host.owner)).toEqual([]);
    await world.settle(host.close());
  });

  it('gives the engine’s own address where it has one, and its word on instances that cannot be asked', async () => {
    const { world, driver } = behindAddress();
    const { host } = await world.host({ driver: driver(), frontDoor: directFrontDoor() });
    const calc = await world.settle(host.deploy(manifest, { tenant, replicas: 2 }));
    await world.settle(calc.ready());
    expect(calc.address).toBe('http://calculator.svc:8080');
    const view = await world.settle(calc.view());
    expect(view).toMatchObject({ phase: 'ready', health: 'healthy', load: undefined, responseTimeMs: undefined });
    expect(view.instances.map(({ health }) => health)).toEqual(['healthy', 'healthy']);
    await world.settle(host.close());
  });

  it('is ready when the engine’s own address leads to the agent, and waits a few seconds for that', async () => {
    const { world, driver } = behindAddress();
    const asked: string[] = [];
    const refused = { kind: 'fail', responseTimeMs: 0, error: 'refused', message: 'not yet' } as const;
    const passed = { kind: 'pass', responseTimeMs: 0, load: undefined, warn: false } as const;
    const transport: AgentTransport = {
      async probe({ host, port }, path) {
        asked.push(`${host}:${port}${path}`);
        return asked.length > 20 ? passed : refused;
      },
      close: async () => undefined,
    };
    const { host } = await world.host({ driver: driver(), transport, frontDoor: directFrontDoor() });
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.settle(calc.ready());
    expect(asked).toEqual(Array.from({ length: 21 }, () => 'calculator.svc:8080/health'));
    await world.settle(host.close());
    const never = { ...transport, probe: async () => refused };
    const { host: other } = await world.host({ driver: driver(), transport: never, frontDoor: directFrontDoor() });
    const again = await world.settle(other.get(calc.id));
    await world.settle(again.ready(), 10_000);
    // It is ready, and the caller has not that much time to see it answer.
    await world.settle(again.ready({ timeoutMs: 100 }), 1_000);
    await world.settle(other.close());
  });

  it('leaves a range to the autoscaler of the cluster, and tells what it does', async () => {
    const { world, cluster, host: start } = clusterWorld();
    const { host } = await start();
    const scaling = { min: 1, max: 3, targets: [{ metric: 'cpu' as const, value: 60 }], cooldown_ms: 30_000 };
    const ranged = { ...manifest, runtime: { ...manifest.runtime, resources: { cpu: '100m' }, scaling } };
    await expect(world.settle(host.deploy(ranged, { tenant, replicas: 2 }))).rejects.toMatchObject({
      code: 'invalid_argument',
      context: { field: 'replicas' },
    });
    const calc = await world.settle(host.deploy(ranged, { tenant }));
    await world.settle(calc.ready());
    cluster.autoscale(calc.id, 9);
    await world.clock.advance(60_000);
    await world.settle(calc.ready());
    const view = await world.settle(calc.view());
    expect(view.instances).toHaveLength(3);
    expect(view.record.status.wantedInstances).toBe(3);
    expect(await world.settle(calc.scalingEvents())).toMatchObject([
      { action: 'scale_up', fromInstances: 1, toInstances: 3, reason: expect.stringContaining('cpu 60 %') },
    ]);
    await expect(world.settle(calc.scale(2))).rejects.toMatchObject({ code: 'conflict', retryable: false });
    const fixed = { ...ranged, runtime: { ...ranged.runtime, scaling: undefined } };
    await world.settle(calc.update(fixed));
    await world.settle(calc.ready());
    expect((await world.settle(calc.view())).instances).toHaveLength(3);
    expect(await world.settle(calc.scale(2))).toEqual({ from: 3, to: 2 });
    await world.settle(calc.remove());
    await world.settle(calc.gone());
    await world.settle(host.close());
  });

  it('a version that does not come up is rolled back with the cause of the cluster', async () => {
    const { world, engine, host: start } = clusterWorld();
    const { host } = await start();
    const calc = await world.settle(host.deploy(manifest, { tenant, replicas: 2 }));
    await world.settle(calc.ready());
    engine.behave('calculator:2', { health: 'fail', healthyAfterMs: 3_600_000 });
    await world.settle(calc.update(version('calculator:2')));
    await expect(world.settle(calc.ready())).rejects.toMatchObject({ code: 'conflict' });
    await world.clock.advance(60_000);
    const view = await world.settle(calc.view());
    expect(view.phase).toBe('degraded');
    expect(view.reason).toMatch(/^Rolled back/);
    expect(view.record.status.readyInstances).toBe(2);
    await world.settle(host.close());
  });

  it('a wish that the cluster refuses is told as failed, and the next wish is tried', async () => {
    const { world, engine, host: start } = clusterWorld();
    const { host } = await start();
    engine.behave('calculator:1', { createError: new MoorageError('permission_denied', 'not allowed to make it') });
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.clock.advance(30_000);
    expect((await world.settle(calc.view())).phase).not.toBe('ready');
    engine.behave('calculator:1', {});
    await world.settle(calc.update(version('calculator:2')));
    await world.settle(calc.ready());
    await world.settle(host.close());
  });

  it('a second host takes over where the first one died', async () => {
    const { world, host: start } = clusterWorld();
    const first = await start();
    const calc = await world.settle(first.host.deploy(manifest, { tenant, replicas: 2 }));
    await world.settle(calc.ready());
    await world.settle(calc.scale(3));
    first.kill();
    const { host } = await start();
    const again = await world.settle(host.get(calc.id));
    await world.settle(again.ready());
    expect((await world.settle(again.view())).instances).toHaveLength(3);
    await world.settle(host.close({ remove: true }));
  });
});

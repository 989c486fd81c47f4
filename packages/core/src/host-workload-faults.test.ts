import { MoorageError } from '@moorage/protocol/base';
import { describe, expect, it } from 'vitest';
import type { Host, HostOptions } from './host-types.js';
import { memoryCluster } from './memory/memory-cluster.js';
import { memoryEngine } from './memory/memory-engine.js';
import { memoryWorkloadDriver } from './memory/memory-workload-driver.js';
import { seededRandom } from './memory/seeded-random.js';
import type { Workload } from './ports/driver.js';
import { virtualWorld } from './testing/virtual-world.js';

const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: { image: 'calculator:1', probes: { interval_ms: 1000, timeout_ms: 500, start_period_ms: 5000 } },
};
const tenant = 'customer-1';

/** A cluster whose calls can be made to fail, and which counts them. */
function faultyWorld() {
  const world = virtualWorld();
  const engine = memoryEngine({ clock: world.clock, random: seededRandom(3) });
  const cluster = memoryCluster(engine);
  const faults = { apply: undefined as MoorageError | undefined, describe: undefined as MoorageError | undefined };
  const counts = { apply: 0, deleteWorkload: 0 };
  const stated: Workload[] = [];
  const holds = heldCalls();
  const start = async (options: HostOptions = {}) => {
    const driver = memoryWorkloadDriver({ engine, cluster });
    const faulty: typeof driver = {
      ...driver,
      async apply(workload, call) {
        counts.apply += 1;
        if (faults.apply) throw faults.apply;
        await holds.pass(workload.agentId);
        stated.push(workload);
        await driver.apply(workload, call);
      },
      async deleteWorkload(id, call) {
        counts.deleteWorkload += 1;
        await driver.deleteWorkload(id, call);
      },
      async describe(scope, call) {
        if (faults.describe) throw faults.describe;
        return driver.describe(scope, call);
      },
    };
    return world.host({ driver: faulty, transport: driver.transport, ...options });
  };
  return { world, engine, faults, counts, stated, holds, start };
}

/** Calls for some agents get no answer until they are let go. */
function heldCalls() {
  const held = new Set<string>();
  const waiting: (() => void)[] = [];
  return {
    add: (agent: string) => held.add(agent),
    pass: (agent: string) => (held.has(agent) ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined),
    release() {
      held.clear();
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

const away = (message: string) => new MoorageError('unavailable', message, { operation: 'driver' });

const problemsOf = async (host: Host) => (await host.check()).problems.join('\n');

describe('a host on an orchestrator that does not take its calls', () => {
  it('tries again after growing waits, tells why, and forgets it when it is over', async () => {
    const { world, faults, counts, start } = faultyWorld();
    const { host } = await start();
    faults.apply = away('the namespace before is still on its way out');
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.clock.advance(60_000);
    expect(counts.apply).toBeGreaterThan(3);
    expect(counts.apply).toBeLessThan(20);
    expect((await world.settle(calc.view())).reason).toMatch(/on its way out/);
    expect(await problemsOf(host)).toMatch(/on its way out/);
    faults.apply = undefined;
    await world.settle(calc.ready());
    await world.clock.advance(1_000);
    expect(await problemsOf(host)).toBe('');
    expect((await world.settle(calc.view())).reason).toBe('1 of 1 instances are ready');
    await world.settle(host.close({ remove: true }));
  });

  it('a refusal that waiting does not cure is tried ever more seldom', async () => {
    const { world, faults, counts, start } = faultyWorld();
    const { host } = await start();
    faults.apply = new MoorageError('permission_denied', 'lacks the verb "create"', { operation: 'driver.apply' });
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await expect(world.settle(calc.ready())).rejects.toThrow(/lacks the verb/);
    await world.clock.advance(60_000);
    expect(counts.apply).toBeLessThan(20);
    faults.apply = undefined;
    await world.clock.advance(20_000);
    expect(calc.phase).toBe('ready');
    await world.settle(host.close({ remove: true }));
  });

  it('a lack of rights that passes, as while it is starting, is no failure', async () => {
    const { world, faults, start } = faultyWorld();
    const { host } = await start();
    faults.apply = new MoorageError('permission_denied', 'lacks the verb "create"', { operation: 'driver.apply' });
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.clock.advance(800);
    faults.apply = undefined;
    await world.settle(calc.ready());
    const types = (await world.settle(calc.audit())).map(({ details }) => details.to);
    expect(types).not.toContain('failed');
    await world.settle(host.close({ remove: true }));
  });

  it('that it could not be looked at is told, and not for longer than it lasts', async () => {
    const { world, faults, start } = faultyWorld();
    const { host } = await start();
    const calc = await world.settle(host.deploy(manifest, { tenant }));
    await world.settle(calc.ready());
    faults.describe = away('nobody answers');
    await world.clock.advance(30_000);
    expect(await host.check()).toMatchObject({ ready: false });
    expect(calc.phase).toBe('ready');
    faults.describe = undefined;
    await world.clock.advance(30_000);
    expect(await host.check()).toMatchObject({ ready: true, problems: [] });
    expect((await world.settle(calc.view())).reason).toBe('1 of 1 instances are ready');
    expect(await world.settle(calc.incidents())).toEqual([]);
    await world.settle(host.close({ remove: true }));
  });
});

describe('a version that is given up while its statement waits for its turn', () => {
  it('is not stated any more', async () => {
    const { world, engine, stated, holds, start } = faultyWorld();
    engine.behave('calculator:2', { health: 'fail' });
    const { host } = await start({ concurrency: 1 });
    const good = { ...manifest, runtime: { ...manifest.runtime, rollout_deadline_ms: 30_000 } };
    const calc = await world.settle(host.deploy(good, { tenant, replicas: 2 }));
    await world.settle(calc.ready());
    await world.settle(calc.update({ ...good, version: '2.0.0', runtime: { ...good.runtime, image: 'calculator:2' } }));
    await world.clock.advance(1_000);
    // One call at once, and that of another deployment gets no answer: the next statement of this one has to wait.
    holds.add('agent.other');
    await world.settle(host.deploy({ ...manifest, agent_id: 'agent.other' }, { tenant }));
    await world.clock.advance(100);
    await world.settle(calc.scale(3));
    await world.clock.advance(60_000);
    expect((await world.settle(calc.view())).record.status.failedHash).toBeDefined();
    const before = stated.length;
    holds.release();
    await world.settle(calc.ready()).catch(() => undefined);
    await world.clock.advance(10_000);
    const images = stated.slice(before).filter(({ deploymentId }) => deploymentId === calc.id);
    expect(images.map(({ template }) => template.source)).toEqual([{ kind: 'image', image: 'calculator:1' }]);
    await world.settle(host.close({ remove: true }));
  });
});

describe('the end of a deployment of which the orchestrator tells nothing', () => {
  it('is asked for once by each process: half of it may be there', async () => {
    const { world, faults, counts, start } = faultyWorld();
    const first = await start();
    faults.apply = away('nobody answers');
    const calc = await world.settle(first.host.deploy(manifest, { tenant }));
    await world.clock.advance(1_000);
    first.kill();
    const { host } = await start();
    const again = await world.settle(host.get(calc.id));
    await world.settle(again.remove());
    await world.settle(again.gone());
    expect(counts.deleteWorkload).toBe(1);
    faults.apply = undefined;
    const other = await world.settle(host.deploy(manifest, { tenant }));
    await world.settle(other.ready());
    await world.settle(other.remove());
    await world.settle(other.gone());
    expect(counts.deleteWorkload).toBe(2);
    await world.settle(host.close());
  });
});

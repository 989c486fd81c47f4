import { MoorageError } from '@moorage/protocol/base';
import { expect, it, vi } from 'vitest';
import { createHost } from '../create-host.js';
import { memoryDriver } from '../memory/memory-driver.js';
import type { CrashPoints } from '../ports/crash-points.js';
import type { ContainerDriver } from '../ports/driver.js';

const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: { image: 'calculator:1' },
};

const macrotask = () => new Promise((resolve) => setImmediate(resolve));

/**
 * The engine shows a container as half made for as long as it starts it, and that look comes back after the start has
 * ended.
 */
function slowToStart() {
  const memory = memoryDriver();
  const creates: string[] = [];
  let hint: ((deploymentId: string) => void) | undefined;
  let starting = false;
  let looked = () => {};
  let ended: Promise<unknown> = Promise.resolve();
  const driver: ContainerDriver = {
    ...memory,
    watch(_scope, tell) {
      hint = tell;
      return () => {};
    },
    async list(scope, call) {
      const { engine, instances } = await memory.list(scope, call);
      if (!starting) return { engine, instances };
      looked();
      await ended;
      for (let rounds = 0; rounds < 3; rounds += 1) await macrotask();
      const halfMade = instances.map((one) => ({ ...one, state: 'creating' as const, endpoint: undefined }));
      return { engine, instances: halfMade };
    },
    create(spec, call) {
      creates.push(spec.name);
      if (creates.length > 1) return memory.create(spec, call);
      const look = new Promise<void>((resolve) => {
        looked = resolve;
      });
      ended = (async () => {
        await memory.create(spec, call);
        starting = true;
        hint?.(spec.deploymentId);
        await look;
        starting = false;
      })();
      return ended as Promise<void>;
    },
  };
  return { driver, transport: memory.transport, creates };
}

it('does not plan from a look that began before a call ended', async () => {
  const { driver, transport, creates } = slowToStart();
  await using host = await createHost({ driver, transport });
  const calculator = await host.deploy(manifest, { tenant: 'customer-1' });
  await calculator.ready();
  for (let rounds = 0; rounds < 10; rounds += 1) await macrotask();
  expect(creates).toHaveLength(1);
  expect((await calculator.view()).instances.map(({ observed }) => observed.state)).toEqual(['running']);
});

const noRoom = () => new MoorageError('resource_exhausted', 'No room');

/** An engine whose first call of one kind fails while the plan of another turn, made meanwhile, is written down. */
function failsMeanwhile(kind: 'create' | 'remove') {
  const memory = memoryDriver();
  let hint = (_deploymentId: string) => {};
  let planned: (() => void) | undefined;
  let calls = 0;
  const failOnce = async (deploymentId: string) => {
    calls += 1;
    if (calls > 1) return;
    const plan = new Promise<void>((resolve) => {
      planned = resolve;
    });
    hint(deploymentId);
    await plan;
    throw noRoom();
  };
  const crashPoints: CrashPoints = {
    async reach(point) {
      if (point !== 'plan-made' || !planned) return;
      planned();
      planned = undefined;
      for (let rounds = 0; rounds < 3; rounds += 1) await macrotask();
    },
  };
  const driver: ContainerDriver = {
    ...memory,
    watch(_scope, tell) {
      hint = tell;
      return () => {};
    },
    async create(spec, call) {
      if (kind === 'create') await failOnce(spec.deploymentId);
      // What follows the first instance is refused once, too.
      else if (spec.attempt === 2) throw noRoom();
      return memory.create(spec, call);
    },
    async remove(name, call) {
      if (kind === 'remove') await failOnce(memory.engine.inside.world.instances.get(name)?.spec.deploymentId ?? '');
      return memory.remove(name, call);
    },
  };
  const { engine, transport } = memory;
  return { options: { driver, transport, crashPoints }, engine, hint: (id: string) => hint(id) };
}

it('counts a create that fails while the plan of another turn is written down', async () => {
  const { options } = failsMeanwhile('create');
  await using host = await createHost(options);
  const calculator = await host.deploy(manifest, { tenant: 'customer-1' });
  await calculator.ready();
  expect((await calculator.incidents()).map(({ message }) => message)).toEqual([
    expect.stringContaining('could not be started: No room'),
  ]);
  expect((await calculator.view()).instances.map(({ observed }) => observed.attempt)).toEqual([2]);
});

it('tells an end once when its removal fails while the plan of another turn is written down', async () => {
  const { options, engine, hint } = failsMeanwhile('remove');
  await using host = await createHost(options);
  const calculator = await host.deploy(manifest, { tenant: 'customer-1' });
  await calculator.ready();
  const [first] = (await calculator.view()).instances;
  const name = first?.observed.name ?? '';
  engine.kill(name);
  hint(calculator.id);
  const attempts = async () => (await calculator.view()).instances.map(({ observed }) => observed.attempt);
  await vi.waitFor(async () => expect(await attempts()).toEqual([3]), { timeout: 60_000 });
  const incidents = await calculator.incidents();
  expect(incidents.filter(({ instance }) => instance === name)).toHaveLength(1);
  expect(incidents).toHaveLength(2);
});

it('tells that an instance is ready when a probe finds it so while a plan is written down', async () => {
  const { transport, ...driver } = memoryDriver();
  let probed = () => {};
  let held: Promise<unknown> | undefined;
  const crashPoints: CrashPoints = {
    async reach(point) {
      const [one] = driver.engine.inside.world.instances.values();
      if (point !== 'plan-made' || !one || held) return;
      held = new Promise<void>((resolve) => {
        probed = resolve;
      }).then(macrotask);
      await held;
    },
  };
  const probing = {
    ...transport,
    async probe(...args: Parameters<typeof transport.probe>) {
      const result = await transport.probe(...args);
      probed();
      return result;
    },
  };
  await using host = await createHost({ driver, transport: probing, crashPoints });
  const ready: string[] = [];
  host.on('instance-ready', ({ message }) => ready.push(message));
  const calculator = await host.deploy(manifest, { tenant: 'customer-1' });
  await calculator.ready();
  await vi.waitFor(() => expect(ready).toHaveLength(1), { timeout: 30_000 });
});

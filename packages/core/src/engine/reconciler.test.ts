import { expect, it } from 'vitest';
import { createHost } from '../create-host.js';
import { memoryDriver } from '../memory/memory-driver.js';
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

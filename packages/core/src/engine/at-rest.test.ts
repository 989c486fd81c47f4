import { expect, it } from 'vitest';
import { memoryDriver } from '../memory/memory-driver.js';
import type { ContainerDriver } from '../ports/driver.js';
import { virtualWorld } from '../testing/virtual-world.js';

const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: { image: 'calculator:1', probes: { interval_ms: 5000 } },
};
const tenant = 'customer-1';
const deployments = 20;

/** A host whose plans are counted, on an engine that tells of nothing by itself. */
async function countingHost() {
  const world = virtualWorld();
  const { watch, ...silent } = memoryDriver({ engine: world.engine });
  expect(watch).toBeDefined();
  const counts = { plans: 0 };
  const { host } = await world.host({
    driver: silent as ContainerDriver,
    transport: silent.transport,
    crashPoints: {
      reach(point) {
        if (point === 'plan-made') counts.plans += 1;
        return undefined;
      },
    },
  });
  for (let index = 0; index < deployments; index += 1) {
    const handle = await world.settle(host.deploy(manifest, { tenant, name: `calculator-${index}` }));
    await world.settle(handle.ready());
  }
  await world.clock.advance(60_000);
  const first = async () => (await world.settle(host.list({}, { limit: 1 }))).items[0];
  return { world, host, first, counts };
}

it('plans what is at rest once in six resyncs, and not in each', async () => {
  const { world, host, counts } = await countingHost();
  counts.plans = 0;
  await world.clock.advance(60_000);
  expect(counts.plans).toBe(deployments);
  await world.settle(host.close());
});

it('plans at the next resync what is not as it was', async () => {
  const { world, host, first, counts } = await countingHost();
  const instance = (await first())?.instances[0]?.observed.name;
  counts.plans = 0;
  world.engine.removeByHand(instance ?? '');
  await world.clock.advance(20_000);
  expect(counts.plans).toBeGreaterThan(0);
  const view = await first();
  expect(view?.phase).toBe('ready');
  expect(view?.instances.map(({ observed }) => observed.attempt)).toEqual([2]);
  await world.settle(host.close());
});

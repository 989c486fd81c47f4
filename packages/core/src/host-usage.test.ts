import { MoorageError } from '@moorage/protocol/base';
import { expect, it } from 'vitest';
import { memoryDriver } from './memory/memory-driver.js';
import { virtualWorld } from './testing/virtual-world.js';

const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: { image: 'calculator:1', probes: { interval_ms: 1000, timeout_ms: 500, start_period_ms: 5000 } },
};

it('usage that cannot be measured is told with its cause, shows no old figures, and stops nothing', async () => {
  const world = virtualWorld();
  const driver = memoryDriver({ engine: world.engine });
  let away = false;
  const { host } = await world.host({
    driver: {
      ...driver,
      async usage(names, call) {
        if (away) throw new MoorageError('unavailable', 'the metrics API does not answer');
        return (await driver.usage?.(names, call)) ?? [];
      },
    },
  });
  const calc = await world.settle(host.deploy(manifest, { tenant: 'customer-1' }));
  await world.settle(calc.ready());
  const sample = async () => (await world.settle(calc.view())).instances[0]?.usage;
  await world.clock.advance(20_000);
  expect(await sample()).toBeDefined();

  away = true;
  await world.clock.advance(20_000);
  const told = await host.check();
  expect(told.ready).toBe(true);
  expect(told.problems).toEqual(['Usage is not measured: the metrics API does not answer']);
  expect(await sample()).toBeUndefined();
  expect(calc.phase).toBe('ready');

  away = false;
  await world.clock.advance(20_000);
  expect((await host.check()).problems).toEqual([]);
  expect(await sample()).toBeDefined();
  await world.settle(host.close({ remove: true }));
});

import { expect, it } from 'vitest';
import { virtualWorld } from '../testing/virtual-world.js';
import { liveFiguresOf } from './live-figures-of.js';

const manifest = { agent_id: 'agent.a', name: 'A', version: '1.0.0', runtime: { image: 'a:1' } };

it('tells address, health and uptime, and sums what is measured over the instances', async () => {
  const world = virtualWorld();
  const { host } = await world.host();
  world.engine.behave('a:1', { cpuPercent: 10, memoryBytes: 50 * 1024 * 1024, load: 0.5 });
  const agent = await world.settle(host.deploy(manifest, { tenant: 't', replicas: 2 }));
  await world.settle(agent.ready());
  await world.clock.advance(60_000);
  const figures = liveFiguresOf(await world.settle(agent.view()), world.clock.now());
  expect(figures).toMatchObject({
    deploymentId: agent.id,
    address: agent.address,
    healthUrl: `${agent.address}/health`,
    health: 'healthy',
    cpuPercent: 20,
    memoryMegabytes: 100,
    diskMegabytes: undefined,
    load: 0.5,
  });
  expect(figures.uptimeSeconds).toBeGreaterThanOrEqual(59);
  await world.settle(host.close());
});

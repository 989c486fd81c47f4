import { MoorageError } from '@moorage/protocol/base';
import { expect, it } from 'vitest';
import { memoryWorkloadDriver } from '../memory/memory-workload-driver.js';
import type { WorkloadDriver } from '../ports/driver.js';
import type { Store } from '../ports/store.js';
import { virtualWorld } from '../testing/virtual-world.js';

const manifest = {
  agent_id: 'agent.calculator',
  name: 'Calculator',
  version: '1.0.0',
  runtime: { image: 'calculator:1' },
};

/** A cluster that can be made not to take any wish; what it was told is kept. */
function refusingCluster(world: ReturnType<typeof virtualWorld>) {
  const inner = memoryWorkloadDriver({ engine: world.engine });
  const stated: unknown[] = [];
  const cluster = { isAway: false };
  const driver: WorkloadDriver = {
    ...inner,
    async apply(workload, call) {
      if (cluster.isAway) throw new MoorageError('unavailable', 'The cluster does not answer');
      stated.push(workload.replicas);
      await inner.apply(workload, call);
    },
  };
  return { driver, transport: inner.transport, cluster, stated };
}

it('does not state a wish again that another host has changed meanwhile, whatever becomes of the hint', async () => {
  const world = virtualWorld();
  const { driver, transport, cluster, stated } = refusingCluster(world);
  const deaf: Store = { ...world.store.open(), watch: () => () => {} };
  const { host } = await world.host({ driver, transport, store: deaf });
  const calculator = await world.settle(host.deploy(manifest, { tenant: 'customer-1' }));
  await world.settle(calculator.ready());

  cluster.isAway = true;
  await world.settle(calculator.scale(2));
  // Long enough to have written down how it is: from now on it tries again, and writes nothing.
  await world.clock.advance(5_000);
  const record = await world.store.read(calculator.id);
  if (!record) throw new Error('the deployment is gone');
  const { desired, revision } = record;
  await world.store.commit({
    deploymentId: calculator.id,
    expectedRevision: revision,
    desired: { ...desired, generation: desired.generation + 1, replicas: 3 },
    events: [],
    audit: [],
  });
  stated.length = 0;
  cluster.isAway = false;
  await world.clock.advance(40_000);
  expect(stated).toEqual([{ fixed: 3 }]);
  expect((await world.settle(calculator.view())).instances).toHaveLength(3);
  await world.settle(host.close());
});

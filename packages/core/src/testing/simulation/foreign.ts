import { makeInstance, startInstance } from '../../memory/memory-lifecycle.js';
import type { InstanceSpec } from '../../model/instance.js';
import { instanceName } from '../../model/instance-name.js';
import type { Random } from '../../ports/random.js';
import type { SimWorld } from './sim-world.js';

const otherOwner = 'o-of-somebody-else';

/**
 * An instance of another installation on the same engine. Now and then it is of a deployment of ours by its labels, as
 * a copy of our store would make it: only the owner's label tells it apart.
 */
export function makeForeign(world: SimWorld, random: Random): string | undefined {
  if (world.bringBack || world.foreign.size >= 4) return undefined;
  const records = [...world.store.inside.deployments.values()];
  const copied = random.next() < 0.7 ? records[Math.floor(random.next() * records.length)]?.record : undefined;
  const deploymentId = copied?.desired.id ?? `d-${random.id(16)}`;
  const templateHash = copied?.desired.templateHash ?? '0123456789abcdef';
  const name = instanceName(deploymentId, templateHash, 7, world.foreign.size + 1);
  if (world.home.instances.has(name)) return undefined;
  const instance = makeInstance(world.engine.inside, world.home, specOf(name, deploymentId, templateHash));
  startInstance(world.engine.inside, instance);
  world.foreign.add(name);
  return name;
}

function specOf(name: string, deploymentId: string, templateHash: string): InstanceSpec {
  return {
    kind: 'agent',
    ...{ name, deploymentId, templateHash },
    owner: otherOwner,
    tenant: 't-1',
    agentId: 'foreign',
    ordinal: 7,
    attempt: 1,
    restartEpoch: 0,
    source: { kind: 'image', image: 'agent:1' },
    command: undefined,
    env: {},
    secretEnv: {},
    port: 8_080,
    resources: { cpuMillis: undefined, memoryBytes: undefined, diskBytes: undefined, pids: undefined },
    user: '65534:65534',
    readOnlyRoot: true,
    isolated: false,
    egress: 'none',
    volumes: [],
    graceMs: 1_000,
  };
}

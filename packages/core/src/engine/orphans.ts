import { toMoorageError } from '@moorage/protocol/base';
import type { DeploymentId } from '../model/ids.js';
import type { ObservedInstance } from '../model/instance.js';
import type { ContainerDriver } from '../ports/driver.js';
import type { HostContext } from './host-context.js';
import type { InstanceIndex } from './instance-index.js';

/**
 * Looks after instances of deployments that this host does not know. One that the store records as deleted is
 * collected; one that the store never heard of is reported and left alone (I2): the wish is committed first, so it is
 * no leftover of ours.
 */
export interface Orphans {
  sweep(index: InstanceIndex): Promise<void>;
  /** Deployments on the engine that the store never heard of. */
  reported(): readonly DeploymentId[];
}

export function createOrphans(context: HostContext<ContainerDriver>): Orphans {
  let unknown = new Set<DeploymentId>();
  return {
    reported: () => [...unknown],
    async sweep(index) {
      const still = new Set<DeploymentId>();
      for (const [id, instances] of index.byDeployment) {
        if (context.cache.get(id) || !context.leases.fenceFor(id)) continue;
        if (await context.store.read(id)) continue;
        const audit = await context.store.audit(id);
        if (audit.at(-1)?.action === 'drop') collect(context, id, instances);
        else still.add(id);
      }
      for (const id of still) {
        if (unknown.has(id)) continue;
        context.logger.log('warn', `The engine runs ${id}, which the store never heard of: left alone`, {
          deployment: id,
        });
      }
      unknown = still;
    },
  };
}

function collect(
  context: HostContext<ContainerDriver>,
  id: DeploymentId,
  instances: readonly ObservedInstance[],
): void {
  for (const instance of instances) {
    if (instance.state === 'removing') continue;
    const flight = context.inFlight.begin(id, instance.name, 'remove');
    if (!flight) continue;
    context.logger.log('info', `Collecting ${instance.name}: its deployment is deleted`, { deployment: id });
    const mayBegin = () => context.leases.fenceFor(id) !== undefined;
    context.driver
      .remove(instance.name, { owner: context.owner, signal: flight.signal, mayBegin, graceMs: 0, purge: true })
      .catch((thrown) => {
        const { message } = toMoorageError(thrown);
        context.logger.log('warn', `Cannot collect ${instance.name}: ${message}`, { deployment: id });
      })
      .finally(() => flight.end());
  }
}

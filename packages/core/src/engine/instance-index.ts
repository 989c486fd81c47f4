import type { DeploymentId, EngineId } from '../model/ids.js';
import type { Observation, ObservedInstance } from '../model/instance.js';

/** One observation, indexed once for everyone who is planned from it. */
export interface InstanceIndex {
  readonly engine: EngineId;
  readonly byDeployment: ReadonlyMap<DeploymentId, readonly ObservedInstance[]>;
}

const none: readonly ObservedInstance[] = [];

/** Indexes the agents of an observation; runs have their own loop. */
export function indexInstances(observation: Observation): InstanceIndex {
  const byDeployment = new Map<DeploymentId, ObservedInstance[]>();
  for (const instance of observation.instances) {
    if (instance.kind !== 'agent') continue;
    const list = byDeployment.get(instance.deploymentId);
    if (list) list.push(instance);
    else byDeployment.set(instance.deploymentId, [instance]);
  }
  return { engine: observation.engine, byDeployment };
}

export function instancesOf(index: InstanceIndex, id: DeploymentId): readonly ObservedInstance[] {
  return index.byDeployment.get(id) ?? none;
}

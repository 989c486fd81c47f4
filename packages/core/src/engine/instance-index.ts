import { sameData } from '../decide/same-data.js';
import type { DeploymentId, EngineId } from '../model/ids.js';
import type { Observation, ObservedInstance } from '../model/instance.js';

/** One observation, indexed once for everyone who is planned from it. */
export interface InstanceIndex {
  readonly engine: EngineId;
  readonly byDeployment: ReadonlyMap<DeploymentId, readonly ObservedInstance[]>;
}

/** One for all: of those that have none each look shows the same. */
export const noInstances: readonly ObservedInstance[] = [];

/**
 * Indexes the agents of an observation; runs have their own loop. What is as it was in the observation before stays the
 * same object: it is told apart at once, and not kept twice.
 */
export function indexInstances(observation: Observation, before?: InstanceIndex): InstanceIndex {
  const lists = new Map<DeploymentId, ObservedInstance[]>();
  for (const instance of observation.instances) {
    if (instance.kind !== 'agent') continue;
    const list = lists.get(instance.deploymentId);
    if (list) list.push(instance);
    else lists.set(instance.deploymentId, [instance]);
  }
  const byDeployment: Map<DeploymentId, readonly ObservedInstance[]> = lists;
  for (const [id, list] of lists) {
    const known = before?.byDeployment.get(id);
    if (known && sameData(known, list)) byDeployment.set(id, known);
  }
  return { engine: observation.engine, byDeployment };
}

export function instancesOf(index: InstanceIndex, id: DeploymentId): readonly ObservedInstance[] {
  return index.byDeployment.get(id) ?? noInstances;
}

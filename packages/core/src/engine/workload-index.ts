import type { DeploymentId } from '../model/ids.js';
import type { ObservedWorkload, WorkloadObservation } from '../ports/driver.js';

/** A look at an orchestrator, found by deployment: a resync asks for each of thousands. */
export interface WorkloadIndex {
  readonly workloads: readonly ObservedWorkload[];
  readonly byDeployment: ReadonlyMap<DeploymentId, ObservedWorkload>;
}

export function indexWorkloads({ workloads }: WorkloadObservation): WorkloadIndex {
  return { workloads, byDeployment: new Map(workloads.map((one) => [one.deploymentId, one])) };
}

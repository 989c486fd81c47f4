import { sameData } from '../decide/same-data.js';
import type { DeploymentId } from '../model/ids.js';
import type { ObservedWorkload, WorkloadObservation } from '../ports/driver.js';

/** A look at an orchestrator, found by deployment: a resync asks for each of thousands. */
export interface WorkloadIndex {
  readonly workloads: readonly ObservedWorkload[];
  readonly byDeployment: ReadonlyMap<DeploymentId, ObservedWorkload>;
}

/** What is as it was in the look before stays the same object: it is told apart at once, and not kept twice. */
export function indexWorkloads({ workloads }: WorkloadObservation, before?: WorkloadIndex): WorkloadIndex {
  const byDeployment = new Map<DeploymentId, ObservedWorkload>();
  for (const workload of workloads) {
    const known = before?.byDeployment.get(workload.deploymentId);
    byDeployment.set(workload.deploymentId, known && sameData(known, workload) ? known : workload);
  }
  return { workloads: [...byDeployment.values()], byDeployment };
}

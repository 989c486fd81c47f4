import type { DeploymentRecord } from '../model/deployment.js';

/**
 * A deployment in a person's words. Example: `agent.calculator of customer-1 (d-7k…)`; with its name between them when
 * that is not the agent's id.
 */
export function deploymentLabel({ desired }: DeploymentRecord): string {
  const name = desired.name === desired.agentId ? '' : ` "${desired.name}"`;
  return `${desired.agentId}${name} of ${desired.tenant} (${desired.id})`;
}

import type { DeploymentId, InstanceName } from './ids.js';

/**
 * The deterministic name of one attempt: `moor-<deployment>-<ordinal>-<hash>-<attempt>`. At most 63 characters, lower
 * case letters, digits and `-` only, so that every engine takes it as it is.
 */
export function instanceName(
  deploymentId: DeploymentId,
  templateHash: string,
  ordinal: number,
  attempt: number,
): InstanceName {
  return `moor-${deploymentId}-${ordinal}-${templateHash.slice(0, 8)}-${attempt}`;
}

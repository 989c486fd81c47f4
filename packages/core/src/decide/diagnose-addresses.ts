import type { AddressRecord } from '../model/deployment.js';
import type { Finding } from '../model/finding.js';
import type { DeploymentId } from '../model/ids.js';

/** Port records that lead nowhere, and ports that two deployments have. `live`: every deployment in the store. */
export function diagnoseAddresses(
  addresses: readonly AddressRecord[],
  live: ReadonlySet<DeploymentId>,
): readonly Finding[] {
  const findings: Finding[] = [];
  const holders = new Map<number, DeploymentId>();
  for (const { id, port, tenant, deploymentId } of addresses) {
    const about = { deploymentId, tenant, differs: true };
    const shown = port === undefined ? `The address ${id}` : `Port ${port} (address ${id})`;
    if (!live.has(deploymentId)) {
      const message = `${shown} is held for ${deploymentId}, which is not in the store`;
      findings.push({
        ...about,
        kind: 'stray-address',
        message,
        willDo: 'nothing: it keeps its port until it is freed by hand',
      });
      continue;
    }
    if (port === undefined) continue;
    const other = holders.get(port);
    holders.set(port, deploymentId);
    if (other === undefined || other === deploymentId) continue;
    const message = `Port ${port} is recorded for ${other} and for ${deploymentId}`;
    findings.push({
      ...about,
      kind: 'shared-port',
      message,
      willDo: 'open it for the first; the other stays unreachable',
    });
  }
  return findings;
}

import type { DeploymentView } from '@moorage/core';
import { type AddressRecord, capabilityNames, type DiscoveredAgent, MoorageError } from '@moorage/protocol';
import { healthUrl } from './container-record.js';

/** Errors: `unavailable` while the address is not open yet. */
export function addressRecord(view: DeploymentView): AddressRecord {
  const { desired } = view.record;
  const health = healthUrl(view);
  if (view.url === undefined || health === null) {
    throw new MoorageError('unavailable', `The address of "${desired.agentId}" is not open yet: ${view.reason}`, {
      operation: 'get_address',
      context: { container_id: desired.id },
    });
  }
  const { hostname, port, protocol } = new URL(view.url);
  return {
    container_id: desired.id,
    agent_id: desired.agentId,
    customer_id: desired.tenant,
    address: view.url,
    ip: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    health_url: health,
    health: view.health,
    capabilities: [...capabilityNames(desired.manifest)],
  };
}

export function discoveredAgent(view: DeploymentView): DiscoveredAgent {
  const { desired } = view.record;
  return {
    container_id: desired.id,
    agent_id: desired.agentId,
    customer_id: desired.tenant,
    name: desired.manifest.name,
    version: desired.manifest.version,
    description: desired.manifest.description ?? null,
    capabilities: [...capabilityNames(desired.manifest)],
    address: view.url ?? null,
    health_url: healthUrl(view),
    health: view.health,
  };
}

import type { InstanceSpec } from '../model/instance.js';
import type { DriverCapabilities } from '../ports/driver.js';

type Needs = Pick<InstanceSpec, 'source' | 'resources' | 'isolated' | 'egress' | 'volumes'>;

/** What an instance needs and a driver does not have, in words; undefined when it has all of it. */
export function lackingCapability(needs: Needs, capabilities: DriverCapabilities): string | undefined {
  const { source, resources, isolated, egress, volumes } = needs;
  if (!capabilities.sources.includes(source.kind)) {
    return `source of kind "${source.kind}": it runs ${capabilities.sources.join(', ')}`;
  }
  if (isolated && !capabilities.isolation) return 'isolation between tenants';
  if (egress === 'none' && !capabilities.egressControl) return 'control of egress';
  if (volumes.length > 0 && !capabilities.volumes) return 'volumes';
  if (resources.cpuMillis !== undefined && !capabilities.limits.cpu) return 'limit of cpu';
  if (resources.memoryBytes !== undefined && !capabilities.limits.memory) return 'limit of memory';
  if (resources.diskBytes !== undefined && !capabilities.limits.disk) return 'limit of disk';
  if (resources.pids !== undefined && !capabilities.limits.pids) return 'limit of processes';
  return undefined;
}

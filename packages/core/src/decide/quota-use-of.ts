import type { DesiredState } from '../model/deployment.js';
import type { QuotaUse } from '../model/quota.js';

/**
 * What one deployment counts for: every replica with its limits, parked or not, of a range the upper end; nothing once
 * it is being deleted.
 */
export function quotaUseOf(desired: Pick<DesiredState, 'replicas' | 'scaling' | 'template' | 'deletedAt'>): QuotaUse {
  const replicas = desired.deletedAt === undefined ? (desired.scaling?.max ?? desired.replicas) : 0;
  const { cpuMillis, memoryBytes } = desired.template.resources;
  return {
    instances: replicas,
    cpuMillis: replicas * (cpuMillis ?? 0),
    memoryBytes: replicas * (memoryBytes ?? 0),
  };
}

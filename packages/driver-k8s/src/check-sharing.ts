import { MoorageError, type Workload } from '@moorage/core/driver';
import type { VolumeSettings } from './volume-settings.js';

/** Refuses more instances than can have the volumes at once: one node holds them, and instances may be on several. */
export function checkSharing(
  { deploymentId, template, replicas }: Pick<Workload, 'deploymentId' | 'template' | 'replicas'>,
  volumes: VolumeSettings | undefined,
): void {
  const most = 'fixed' in replicas ? replicas.fixed : replicas.max;
  if (template.volumes.length === 0 || most <= 1 || volumes?.accessMode === 'ReadWriteMany') return;
  throw new MoorageError(
    'unsupported',
    `Cannot run ${most} instances of deployment "${deploymentId}": its state.volumes can be had by one at a time; ` +
      'use one instance, or give the driver volumes with the accessMode "ReadWriteMany"',
    { operation: 'driver.apply', context: { driver: 'kubernetes', feature: 'volumes shared by instances' } },
  );
}

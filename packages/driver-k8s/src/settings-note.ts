import type { TenantId } from '@moorage/core/driver';
import { shortHash } from './labels.js';
import type { ObjectOptions } from './to-objects.js';

/**
 * What the host's own settings say beside a wish (who reaches agents and what they reach, a tenant's limits), as text to be
 * kept on the Deployment: a host that is started with other settings can tell what it has to state again. What shapes a
 * pod is not part of it, since that would roll out every agent of every tenant at once. Pure.
 */
export function settingsNote(options: ObjectOptions): (tenant: TenantId) => string {
  const { internetExcept, hostPods, ingressFrom, egressTo, serviceType, scaleDownWindowMs, quota } = options;
  const forAll = JSON.stringify([internetExcept, hostPods, ingressFrom, egressTo, serviceType, scaleDownWindowMs]);
  return (tenant) => shortHash(`${forAll} ${JSON.stringify(quota?.(tenant) ?? null)}`, 8);
}

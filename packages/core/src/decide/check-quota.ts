import { MoorageError } from '@moorage/protocol/base';
import type { Quota, QuotaUse } from '../model/quota.js';

const dimensions = [
  { key: 'instances', noun: 'instances', unit: '' },
  { key: 'cpuMillis', noun: 'cpu', unit: ' thousandths of a core' },
  { key: 'memoryBytes', noun: 'memory', unit: ' bytes' },
] as const;

const nothing: QuotaUse = { instances: 0, cpuMillis: 0, memoryBytes: 0 };

/**
 * Whether a wish fits. `use` is what the tenant's other deployments hold, `wanted` what this one will hold, `held` what
 * it holds now: a wish that asks for no more than before is never refused, so that one can always shrink. Returns a
 * `resource_exhausted` error with `context` {limit, value, used, wanted}, or undefined.
 */
export function checkQuota(
  quota: Quota | undefined,
  use: QuotaUse,
  wanted: QuotaUse,
  held: QuotaUse = nothing,
): MoorageError | undefined {
  for (const { key, noun, unit } of dimensions) {
    const limit = quota?.[key];
    if (limit === undefined || use[key] + wanted[key] <= limit || wanted[key] <= held[key]) continue;
    return new MoorageError(
      'resource_exhausted',
      `The tenant's ${noun} quota of ${limit}${unit} does not allow ${wanted[key]} for this deployment: ` +
        `its other deployments hold ${use[key]}. Scale one down, give it lower limits or remove it, or raise the quota`,
      { operation: 'store.commit', context: { limit: key, value: limit, used: use[key], wanted: wanted[key] } },
    );
  }
  return undefined;
}

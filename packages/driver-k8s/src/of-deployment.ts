import type { Kind } from './kinds.js';
import type { KubeObject } from './kube-objects.js';
import { labelValue } from './labels.js';
import type { OwnerCache } from './owner-cache.js';
import { deploymentIdOf } from './to-workload.js';

/** What the cache has of one kind with a deployment's label. */
export function ofDeployment<T extends KubeObject>(cache: OwnerCache, kind: Kind, deploymentId: string): readonly T[] {
  const id = labelValue(deploymentId);
  return [...cache.objects<T>(kind)].filter((object) => deploymentIdOf(object) === id);
}

import type { DeploymentId } from '../model/ids.js';
import { shardCount } from '../model/shard-count.js';

/**
 * The shard that a deployment belongs to, 0 to 63: 32-bit FNV-1a of its id. Every host and every store computes the
 * same one, and it never changes: stored fences depend on it.
 */
export function shardOf(deploymentId: DeploymentId): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < deploymentId.length; index += 1) {
    const unit = deploymentId.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    if (unit > 0xff) hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  // The low bits of FNV-1a are its weakest: fold the high half in before cutting down to six bits.
  return ((hash ^ (hash >>> 16)) >>> 0) % shardCount;
}

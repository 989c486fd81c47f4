import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Folder of one deployment's volumes; with a name, of one of them. It outlives the instances. */
export function volumeFolder(root: string, owner: string, deploymentId: string, name?: string): string {
  const folder = join(root, `${safe(owner)}.${safe(deploymentId)}`);
  return name === undefined ? folder : join(folder, safe(name));
}

/** Ids come from outside, so only harmless ones become a folder's name as they are. */
function safe(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,99}$/.test(text)) return text;
  return `h_${createHash('sha256').update(text).digest('hex')}`;
}

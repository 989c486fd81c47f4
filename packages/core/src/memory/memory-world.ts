import type { MemoryInstance } from './memory-instance.js';

/** Everything on one simulated engine. An exchanged engine is another world. */
export interface MemoryWorld {
  readonly id: string;
  readonly instances: Map<string, MemoryInstance>;
  /** Names taken by things that are not ours. */
  readonly foreign: Set<string>;
  readonly volumes: Map<string, MemoryVolume>;
}

export interface MemoryVolume {
  readonly owner: string;
  readonly deploymentId: string;
  readonly files: Map<string, string>;
}

export function memoryWorld(id: string): MemoryWorld {
  return { id, instances: new Map(), foreign: new Set(), volumes: new Map() };
}

/** The files of a deployment's volume, which is made when it is not there. */
export function volumeFiles(
  world: MemoryWorld,
  { owner, deploymentId }: { readonly owner: string; readonly deploymentId: string },
  name: string,
): Map<string, string> {
  const key = `${owner}/${deploymentId}/${name}`;
  const volume = world.volumes.get(key) ?? { owner, deploymentId, files: new Map<string, string>() };
  world.volumes.set(key, volume);
  return volume.files;
}

/** Removes the volumes of a deployment that no instance uses any more. */
export function purgeVolumes(world: MemoryWorld, owner: string, deploymentId: string): void {
  const used = [...world.instances.values()].some(
    ({ spec }) => spec.owner === owner && spec.deploymentId === deploymentId,
  );
  if (used) return;
  for (const [key, volume] of world.volumes) {
    if (volume.owner === owner && volume.deploymentId === deploymentId) world.volumes.delete(key);
  }
}

import type { Template, VolumeMount } from '@moorage/core/driver';
import type { KubeObject } from './kube-objects.js';
import { objectName } from './labels.js';
import type { VolumeSettings } from './volume-settings.js';

/** A volume of a pod: where it is kept, and where the agent sees it. */
export interface PodVolume {
  readonly name: string;
  readonly claim: string;
  readonly path: string;
}

/** Name of a deployment's claim to a volume. */
export function claimName(deploymentId: string, volume: string): string {
  return `${objectName(deploymentId)}-${volume}`;
}

export function toPodVolumes(deploymentId: string, volumes: readonly VolumeMount[]): readonly PodVolume[] {
  return volumes.map(({ name, path }) => ({ name: `state-${name}`, claim: claimName(deploymentId, name), path }));
}

/** One claim for each volume. They stay when a version has them no more: the one before may come back. Pure. */
export function toClaims(
  deploymentId: string,
  { volumes }: Pick<Template, 'volumes'>,
  place: KubeObject['metadata'],
  { storageClassName, sizeBytes, accessMode }: VolumeSettings,
): readonly KubeObject[] {
  return volumes.map((volume) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...place, name: claimName(deploymentId, volume.name) },
    spec: {
      accessModes: [accessMode],
      ...(storageClassName === undefined ? {} : { storageClassName }),
      resources: { requests: { storage: String(sizeBytes) } },
    },
  }));
}

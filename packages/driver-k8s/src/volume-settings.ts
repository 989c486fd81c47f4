import { MoorageError } from '@moorage/core/driver';

export interface VolumeOptions {
  /** Default the cluster's own; `''`: none, only volumes that an administrator has made are taken. */
  readonly storageClassName?: string | undefined;
  /** What each volume asks for, in bytes. Default 1 GiB. */
  readonly sizeBytes?: number | undefined;
  /**
   * `ReadWriteOnce` (default): of a deployment with volumes there is one instance at most, and a roll-out ends the old
   * one before it makes the new one. `ReadWriteMany`, where the storage can do it: instances share their volumes.
   */
  readonly accessMode?: 'ReadWriteOnce' | 'ReadWriteMany' | undefined;
}

export interface VolumeSettings {
  readonly storageClassName: string | undefined;
  readonly sizeBytes: number;
  readonly accessMode: 'ReadWriteOnce' | 'ReadWriteMany';
}

const defaultBytes = 1024 ** 3;

/** The options with their defaults. Throws `invalid_argument`. */
export function volumeSettings({ storageClassName, sizeBytes = defaultBytes, accessMode }: VolumeOptions) {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1) {
    throw new MoorageError(
      'invalid_argument',
      `Cannot use volumes.sizeBytes ${sizeBytes}: give a whole number from 1`,
      {
        operation: 'kubernetesDriver',
        context: { field: 'volumes.sizeBytes', value: sizeBytes },
      },
    );
  }
  return { storageClassName, sizeBytes, accessMode: accessMode ?? 'ReadWriteOnce' } satisfies VolumeSettings;
}

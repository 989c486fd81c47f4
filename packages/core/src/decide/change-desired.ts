import { MoorageError } from '@moorage/protocol/base';
import type { DesiredState, ParkDepth } from '../model/deployment.js';
import type { EpochMs } from '../model/ids.js';
import { maxInstancesPerDeployment } from '../model/limits.js';

/** What a change of the wish makes of it: the new wish, or undefined when it says the same as before. */
export type DesiredChange = (desired: DesiredState, now: EpochMs) => DesiredState | undefined;

/** A number of instances that may be asked for. Errors: `invalid_argument`, naming `instances`. */
export function checkReplicas(instances: unknown): number {
  if (typeof instances === 'number' && Number.isInteger(instances)) {
    if (instances >= 0 && instances <= maxInstancesPerDeployment) return instances;
  }
  throw new MoorageError(
    'invalid_argument',
    `Cannot scale to "${String(instances)}": instances must be a whole number from 0 to ${maxInstancesPerDeployment}`,
    {
      operation: 'deployment.scale',
      context: { field: 'instances', value: instances, limit: maxInstancesPerDeployment },
    },
  );
}

export const scaleTo =
  (replicas: number): DesiredChange =>
  (desired, now) =>
    desired.replicas === replicas ? undefined : next(desired, now, { replicas });

export const parkAt =
  (depth: ParkDepth): DesiredChange =>
  (desired, now) =>
    desired.parked === depth ? undefined : next(desired, now, { parked: depth });

export const unparkNow: DesiredChange = (desired, now) =>
  desired.parked === false ? undefined : next(desired, now, { parked: false });

export const restartNow: DesiredChange = (desired, now) =>
  next(desired, now, { restartEpoch: desired.restartEpoch + 1, parked: false });

export const deleteNow: DesiredChange = (desired, now) =>
  desired.deletedAt === undefined ? next(desired, now, { deletedAt: now }) : undefined;

type Version = Pick<
  DesiredState,
  'manifest' | 'template' | 'templateHash' | 'health' | 'rolloutDeadlineMs' | 'scaling'
>;

/**
 * Another version of the agent; one that is equal in every respect changes nothing. `running`: how many instances an
 * autoscaler keeps now; as many stay when the new version leaves the number to it no longer.
 */
export const updateTo =
  (version: Version, running?: number | undefined): DesiredChange =>
  (desired, now) => {
    const rest = (one: Version) => JSON.stringify([one.manifest, one.health, one.rolloutDeadlineMs, one.scaling]);
    if (version.templateHash === desired.templateHash && rest(version) === rest(desired)) return undefined;
    const kept = desired.scaling ? (running ?? desired.replicas) : desired.replicas;
    return next(desired, now, { ...version, scaling: version.scaling, replicas: version.scaling?.min ?? kept });
  };

function next(desired: DesiredState, now: EpochMs, change: Partial<DesiredState>): DesiredState {
  return { ...desired, ...change, generation: desired.generation + 1, updatedAt: now };
}

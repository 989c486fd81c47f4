import type { DeploymentStatus } from '../model/deployment.js';
import type { EpochMs } from '../model/ids.js';

/** The status of a deployment that no reconciler has looked at yet. */
export function initialStatus(at: EpochMs): DeploymentStatus {
  return {
    phase: 'pending',
    reason: 'Waiting for its first look at the engine',
    observedGeneration: 0,
    observedRestartEpoch: 0,
    slots: [],
    readyInstances: 0,
    lastReady: undefined,
    failedHash: undefined,
    failedReason: undefined,
    rollout: undefined,
    stateLost: false,
    updatedAt: at,
  };
}

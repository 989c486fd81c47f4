import { describe, expect, it } from 'vitest';
import type { DeploymentRecord, DeploymentStatus } from '../model/deployment.js';
import { sampleDesired } from '../testing/store-conformance-kit.js';
import { initialStatus } from './initial-status.js';
import { planWorkload } from './plan-workload.js';

type WorkloadFacts = NonNullable<Parameters<typeof planWorkload>[0]['observed']>;

const desired = sampleDesired({ replicas: 2, templateHash: 'b'.repeat(16), restartEpoch: 1 });
const lastReady = { hash: 'a'.repeat(16), template: desired.template, health: desired.health };

function plan(status: Partial<DeploymentStatus>, observed: Partial<WorkloadFacts>, wish: Partial<typeof desired> = {}) {
  const record: DeploymentRecord = {
    desired: { ...desired, ...wish },
    status: { ...initialStatus(0), observedRestartEpoch: 1, lastReady, ...status },
    address: { id: 'a-1', tenant: 't', agentId: 'agent.a', deploymentId: desired.id, port: 1, createdAt: 0 },
    revision: 1,
  };
  const facts: WorkloadFacts = {
    ...{ deploymentId: desired.id, tenant: desired.tenant, updated: 2 },
    ...{ generation: 1, templateHash: desired.templateHash, restartEpoch: 1, deleting: false, wanted: 2, ready: 0 },
    ...{ rollout: 'failed', causes: ['no image'], instances: [], ended: [] },
    ...observed,
  };
  return planWorkload({
    ...{ record, observed: facts, health: new Map(), toldEnds: new Set(), busy: false, refusal: undefined, now: 5 },
  });
}

describe('planWorkload', () => {
  it('goes back to the last ready version when the cluster gives a roll-out up', () => {
    const { apply, status } = plan({}, {});
    expect(apply?.target.hash).toBe(lastReady.hash);
    expect(status.failedHash).toBe(desired.templateHash);
  });

  it('does so also when the status is older than the last restart', () => {
    expect(plan({ observedRestartEpoch: 0 }, {}).apply?.target.hash).toBe(lastReady.hash);
  });

  it('tries the version that failed again after a restart, and does not give it up by what was before', () => {
    const failed = { failedHash: desired.templateHash, failedReason: 'no image', observedRestartEpoch: 0 };
    const { apply, status } = plan(failed, { templateHash: lastReady.hash, restartEpoch: 0, rollout: 'complete' });
    expect(apply?.target.hash).toBe(desired.templateHash);
    expect(status.failedHash).toBeUndefined();
    expect(plan({ observedRestartEpoch: 0 }, { restartEpoch: 0 }).status.failedHash).toBeUndefined();
  });

  it('makes no incident of an end while it is parked', () => {
    const exit = { code: 0, signal: undefined, oom: false, at: undefined, message: undefined };
    const observed = { ended: [{ name: 'i-1', exit }] };
    expect(plan({}, observed, { parked: 'stop' }).incidents).toEqual([]);
    expect(plan({}, observed).incidents).toHaveLength(1);
  });
});

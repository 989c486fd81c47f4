import { describe, expect, it } from 'vitest';
import type { DeploymentRecord, DeploymentStatus } from '../model/deployment.js';
import { sampleDesired } from '../testing/store-conformance-kit.js';
import { initialStatus } from './initial-status.js';
import { planWorkload } from './plan-workload.js';

type WorkloadFacts = NonNullable<Parameters<typeof planWorkload>[0]['observed']>;

const desired = sampleDesired({ replicas: 2, templateHash: 'b'.repeat(16), restartEpoch: 1 });
const lastReady = { hash: 'a'.repeat(16), template: desired.template, health: desired.health };

/** What our own probes say. */
const answering = new Map([['p-1', 'healthy' as const]]);

function plan(
  status: Partial<DeploymentStatus>,
  observed: Partial<WorkloadFacts> | undefined,
  wish: Partial<typeof desired> = {},
  endAsked = false,
) {
  const record: DeploymentRecord = {
    desired: { ...desired, ...wish },
    status: { ...initialStatus(0), observedRestartEpoch: 1, lastReady, ...status },
    address: { id: 'a-1', tenant: 't', agentId: 'agent.a', deploymentId: desired.id, port: 1, createdAt: 0 },
    revision: 1,
  };
  const facts: WorkloadFacts | undefined = observed && {
    ...{ deploymentId: desired.id, tenant: desired.tenant, updated: 2 },
    ...{ generation: 1, templateHash: desired.templateHash, restartEpoch: 1, deleting: false, wanted: 2, ready: 0 },
    ...{ rollout: 'failed', causes: ['no image'], instances: [], ended: [] },
    ...observed,
  };
  return planWorkload({
    ...{ record, observed: facts, health: answering, toldEnds: new Set(), busy: false, refusal: undefined, now: 5 },
    endAsked,
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

  it('states a wish again that has the number of one that was lost with the database, and another time', () => {
    const ready = { rollout: 'complete', causes: [], ready: 2 } as const;
    const seen = (wishedAt: number | undefined) => plan({}, { ...ready, wishedAt }, { updatedAt: 9 }).apply?.cause;
    expect(seen(8)).toMatch(/another one since a backup was brought back/);
    expect(seen(9)).toBeUndefined();
    expect(seen(undefined)).toBeUndefined();
  });

  it('tells what stands still although all is ready', () => {
    const serving = { rollout: 'complete', causes: ['Autoscaling stands still'], ready: 2 } as const;
    const { status } = plan({ phase: 'ready' }, serving);
    expect(status).toMatchObject({ phase: 'ready', reason: '2 of 2 instances are ready: Autoscaling stands still' });
  });

  it('is degraded, not on its way, while the cluster has lost sight of instances that answer', () => {
    const one = { name: 'p-1', state: 'running', endpoint: { host: 'h', port: 1 } } as const;
    const lost = {
      rollout: 'progressing',
      causes: ['Its node does not answer'],
      templateHash: lastReady.hash,
    } as const;
    const facts = { ...lost, instances: [one] as unknown as WorkloadFacts['instances'] };
    const { status } = plan({ phase: 'ready' }, facts, { templateHash: lastReady.hash });
    expect(status).toMatchObject({ phase: 'degraded', reason: expect.stringMatching(/^0 of 2 .*Its node/) });
    expect(plan({ phase: 'ready' }, { ...facts, instances: [] }, { templateHash: lastReady.hash }).status.phase).toBe(
      'progressing',
    );
  });

  it('states again what serves and is not whole, and is ready all the while', () => {
    const serving = { rollout: 'complete', causes: [], ready: 2, generation: desired.generation } as const;
    const { apply, status, events } = plan({ phase: 'ready' }, { ...serving, unfinished: 'its Service is missing' });
    expect(apply).toMatchObject({ cause: 'its Service is missing', tidying: true });
    expect(status.phase).toBe('ready');
    expect(events).toEqual([]);
    expect(plan({ phase: 'ready' }, { ...serving, unfinished: 'its Service is missing', deleting: true }).apply).toBe(
      undefined,
    );
  });

  it('ends only what this process has asked to end, where the cluster tells nothing of it', () => {
    const deleted = { deletedAt: 4 };
    const facts = { rollout: 'complete', causes: [] } as const;
    expect(plan({}, facts, deleted)).toMatchObject({ drop: false, deleteCause: 'the deployment is being deleted' });
    expect(plan({}, undefined, deleted)).toMatchObject({ drop: false, deleteCause: 'the deployment is being deleted' });
    expect(plan({}, undefined, deleted, true)).toMatchObject({ drop: true, deleteCause: undefined });
  });

  describe('beside a range', () => {
    const scaling = { min: 1, max: 4, targets: [{ metric: 'cpu', percent: 50 }] } as const;
    const ready = { rollout: 'complete', causes: [], ready: 3, wanted: 3 } as const;

    it('leaves the number to the cluster, and tells of its changes', () => {
      const { apply, status, scaled, events } = plan({ wantedInstances: 2 }, ready, { scaling });
      expect(apply).toBeUndefined();
      expect(status).toMatchObject({ phase: 'ready', wantedInstances: 3, reason: '3 of 3 instances are ready' });
      expect(scaled).toMatchObject({ from: 2, to: 3 });
      expect(events.map((event) => event.type)).toContain('deployment-scaled');
      expect(plan({ wantedInstances: 3 }, ready, { scaling }).scaled).toBeUndefined();
    });

    it('states the range when the wish is newer than what the cluster has, and tells of no change then', () => {
      const { apply, status, scaled } = plan({ wantedInstances: 2 }, ready, { scaling, generation: 2 });
      expect(apply?.replicas).toEqual(scaling);
      expect(status.wantedInstances).toBeUndefined();
      expect(scaled).toBeUndefined();
    });

    // Found by the simulator, seed 1371123413: a restored store had another wish of the same number.
    it.each([0, 5])('is stated again where %i are wanted, which no autoscaler of it can have chosen', (wanted) => {
      expect(plan({}, { ...ready, wanted }, { scaling }).apply?.replicas).toEqual(scaling);
    });

    it('is parked at none', () => {
      expect(plan({}, ready, { scaling, parked: 'stop' }).apply?.replicas).toEqual({ fixed: 0 });
    });
  });

  it('behind one address of the engine, routes to what the engine calls ready, whoever can be asked', () => {
    const about = { templateHash: desired.templateHash, restartEpoch: 1, createdAt: 0, startedAt: 0, exit: undefined };
    const one = { ...about, kind: 'agent', tenant: desired.tenant, deploymentId: desired.id, attempt: 1 } as const;
    const alone = { endpoint: undefined, state: 'running', ordinal: 0 } as const;
    const ready = { ...one, ...alone, name: 'i-1', health: 'healthy' } as const;
    const starting = { ...one, ...alone, name: 'i-2', ordinal: 1, health: 'starting' } as const;
    const instances = [ready, starting];
    const address = { host: 'agent.svc', port: 8080 };
    expect(plan({}, { instances, address }).routable).toEqual(['i-1']);
    expect(plan({}, { instances }).routable).toEqual([]);
    expect(plan({}, { instances, address }, { parked: 'stop' }).routable).toEqual([]);
  });

  it('makes no incident of an end while it is parked', () => {
    const exit = { code: 0, signal: undefined, oom: false, at: undefined, message: undefined };
    const observed = { ended: [{ name: 'i-1', exit }] };
    expect(plan({}, observed, { parked: 'stop' }).incidents).toEqual([]);
    expect(plan({}, observed).incidents).toHaveLength(1);
  });
});

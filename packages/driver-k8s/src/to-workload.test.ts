import { describe, expect, it } from 'vitest';
import type { DeploymentObject, PodObject } from './kube-objects.js';
import { annotation, label } from './labels.js';
import type { Ways } from './to-address.js';
import { toWorkload, type WorkloadParts } from './to-workload.js';

const about = {
  [annotation.tenant]: 'tenant-a',
  [annotation.hash]: 'hash-2',
  [annotation.restart]: '1',
  [annotation.port]: '8080',
};

function deployment(given: Partial<DeploymentObject> = {}): DeploymentObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'moor-d-1', generation: 3, annotations: { ...about, [annotation.generation]: '7' } },
    spec: { replicas: 1, progressDeadlineSeconds: 60 },
    status: { observedGeneration: 3, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
    ...given,
  };
}

function pod(name: string, given: Partial<PodObject['metadata']> = {}, status: object = {}): PodObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { [label.deployment]: 'd-1', [label.kind]: 'agent' },
      annotations: about,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...given,
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      containerStatuses: [
        {
          name: 'agent',
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: '2026-01-01T00:00:01Z' } },
          ...status,
        },
      ],
    },
  };
}

function observe(parts: Partial<WorkloadParts> = {}, ways: Ways = { endpoints: 'pod', nodeAddress: undefined }) {
  const whole = {
    deploymentId: 'd-1',
    service: undefined,
    autoscaler: undefined,
    others: [],
    ofTenant: [],
    ended: [],
    putBack: new Set<string>(),
    settingsOf: (tenant: string) => `settings of ${tenant}`,
    warningsOf: () => [],
  };
  return toWorkload({ ...whole, deployment: deployment(), pods: [pod('p-1')], ...parts }, ways);
}

describe('toWorkload', () => {
  it('tells a deployment whose instances are all ready as complete', () => {
    expect(observe()).toEqual({
      deploymentId: 'd-1',
      tenant: 'tenant-a',
      generation: 7,
      templateHash: 'hash-2',
      restartEpoch: 1,
      deleting: false,
      wanted: 1,
      ready: 1,
      updated: 1,
      rollout: 'complete',
      causes: [],
      ended: [],
      instances: [
        {
          kind: 'agent',
          name: 'p-1',
          tenant: 'tenant-a',
          deploymentId: 'd-1',
          templateHash: 'hash-2',
          restartEpoch: 1,
          ordinal: 0,
          attempt: 1,
          state: 'running',
          endpoint: { host: '10.0.0.1', port: 8080 },
          createdAt: Date.parse('2026-01-01T00:00:00Z'),
          startedAt: Date.parse('2026-01-01T00:00:01Z'),
          exit: undefined,
        },
      ],
    });
  });

  it('does not take the report on an earlier wish for one on this', () => {
    const { metadata, ...rest } = deployment();
    expect(observe({ deployment: { ...rest, metadata: { ...metadata, generation: 4 } } }).rollout).toBe('progressing');
  });

  it('does not believe the counts while the pods say something else', () => {
    const old = pod('p-0', { annotations: { ...about, [annotation.hash]: 'hash-1' } });
    const found = observe({ pods: [old, pod('p-1')] });
    expect(found.rollout).toBe('progressing');
    expect(found.updated).toBe(1);
  });

  it('tells a roll-out that was given up as failed, and why', () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    const status = { observedGeneration: 3, replicas: 2, updatedReplicas: 1, availableReplicas: 1, conditions };
    const ended = {
      ready: false,
      restartCount: 2,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: end(7),
    };
    const found = observe({ deployment: deployment({ status }), pods: [pod('p-1'), pod('p-2', {}, ended)] });
    expect(found.rollout).toBe('failed');
    expect(found.causes).toEqual([
      'It ended with exit code 7, started anew 2 times',
      'The roll-out was not ready within its deadline of 60 s',
    ]);
  });

  it('counts and names what is on its way out as such', () => {
    const leaving = pod('p-1', { deletionTimestamp: '2026-01-01T00:01:00Z' });
    const found = observe({ pods: [leaving] });
    expect(found).toMatchObject({ ready: 0, updated: 0 });
    expect(found.instances[0]).toMatchObject({ state: 'removing', endpoint: undefined });
  });

  it('keeps telling of what is left when the Deployment itself is gone', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
    const found = observe({ deployment: undefined, pods: [], others: [secret] });
    expect(found).toMatchObject({ templateHash: '', wanted: 0, deleting: false, rollout: 'progressing' });
  });

  it('changed by somebody else has no version until it was put back, and is left alone the second time', () => {
    const changed = { ...deployment(), changedBy: 'kubectl-edit' };
    const { metadata } = changed;
    const withUid = { ...changed, metadata: { ...metadata, uid: 'u-1' } };
    const first = observe({ deployment: withUid });
    expect(first.templateHash).toBe('');
    expect(first.causes).toEqual([expect.stringMatching(/"kubectl-edit".*put back/)]);
    const second = observe({ deployment: withUid, putBack: new Set(['u-1']) });
    expect(second.templateHash).toBe('hash-2');
    expect(second.causes).toEqual([expect.stringMatching(/left as it is/)]);
  });

  it('reached by its Service has one address, and the word of the cluster on each instance', () => {
    const metadata = { name: 's', namespace: 'n' };
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { clusterIP: '10.96.0.9', ports: [{ port: 8080 }] },
    };
    const pods = [pod('p-1'), pod('p-2', {}, { ready: false }), pod('p-3', {}, { ready: false, started: false })];
    const seen = (endpoints: 'service' | 'dns') => observe({ service, pods }, { endpoints, nodeAddress: undefined });
    expect(seen('service').address).toEqual({ host: '10.96.0.9', port: 8080 });
    expect(seen('service').instances.map(({ endpoint, health }) => [endpoint, health])).toEqual([
      [undefined, 'healthy'],
      [undefined, 'unhealthy'],
      [undefined, 'starting'],
    ]);
    expect(seen('dns').address).toEqual({ host: 's.n.svc', port: 8080 });
    expect(seen('dns').instances[0]).toMatchObject({ endpoint: { host: '10.0.0.1', port: 8080 }, health: 'healthy' });
    expect(observe({ service }).address).toBeUndefined();
  });

  it('whose Service is not what the way needs has no version: the wish has to be stated again', () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 8080 }] } };
    const nodePort = { endpoints: 'node-port', nodeAddress: undefined } as const;
    const found = observe({ service }, nodePort);
    expect([found.templateHash, found.address]).toEqual(['', undefined]);
    expect(observe({}, { ...nodePort, endpoints: 'dns' }).templateHash).toBe('');
    expect(observe({}).templateHash).toBe('hash-2');
  });
});

const end = (exitCode: number, more: object = {}) => ({
  terminated: {
    exitCode,
    reason: 'Error',
    startedAt: '2026-01-01T00:00:01Z',
    finishedAt: '2026-01-01T00:00:05Z',
    ...more,
  },
});

describe('instances', () => {
  it('are others after each restart of their container', () => {
    const again = pod('p-1', {}, { restartCount: 2, lastState: end(3) });
    expect(observe({ pods: [again] }).instances[0]).toMatchObject({ name: 'p-1-r2', attempt: 3, state: 'running' });
  });

  it('that wait to be made anew have ended, with their exit', () => {
    const waiting = {
      restartCount: 1,
      ready: false,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: end(7),
    };
    expect(observe({ pods: [pod('p-1', {}, waiting)] }).instances[0]).toMatchObject({
      name: 'p-1-r1',
      state: 'exited',
      endpoint: undefined,
      exit: { code: 7, oom: false, at: Date.parse('2026-01-01T00:00:05Z') },
    });
  });

  it('keep their ordinal for as long as the older ones are there', () => {
    const pods = [pod('b', { creationTimestamp: '2026-01-01T00:00:09Z' }), pod('c'), pod('a')];
    expect(observe({ pods }).instances.map(({ name }) => name)).toEqual(['a', 'c', 'b']);
  });
});

describe('an evicted pod', () => {
  it('is no instance any more, and its eviction a cause', () => {
    const gone = { ...pod('p-0'), status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } };
    const found = observe({ pods: [gone, pod('p-1')] });
    expect(found.instances.map(({ name }) => name)).toEqual(['p-1']);
    expect(found.rollout).toBe('complete');
    expect(found.causes).toEqual([expect.stringContaining('low on memory')]);
  });
});

describe('causes', () => {
  const of = (given: object, status: object = {}) => {
    const one = pod('p-1', {}, { ready: false, started: false, state: {}, ...given });
    return observe({ pods: [{ ...one, status: { ...one.status, ...status } }] }).causes;
  };

  it.each([
    [
      'an image that cannot be pulled',
      { state: { waiting: { reason: 'ImagePullBackOff', message: 'no such host' } } },
      /cannot be pulled .*no such host/,
    ],
    [
      'a container that cannot be made',
      { state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "x" not found' } } },
      /cannot be started .*secret "x" not found/,
    ],
    ['memory that ran out', { state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }, /ran out of memory/],
    [
      'a command that is not there',
      { state: { terminated: { exitCode: 128, reason: 'StartError', message: 'no such file' } } },
      /no such file/,
    ],
    ['a health check that fails', { started: true, state: { running: {} } }, /health check on port 8080/],
  ])('tell of %s', (_what, given, words) => {
    expect(of(given)).toEqual([expect.stringMatching(words)]);
  });

  it('say nothing of what is only starting', () => {
    expect(of({ state: { waiting: { reason: 'ContainerCreating' } } })).toEqual([]);
    expect(of({ state: { running: {} } })).toEqual([]);
  });

  it('tell which resource lacks, and of an eviction', () => {
    const unplaced = { type: 'PodScheduled', status: 'False', message: '0/1 nodes are available: 1 Insufficient cpu.' };
    expect(of({}, { conditions: [unplaced] })).toEqual([expect.stringContaining('Insufficient cpu')]);
    const evicted = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' };
    expect(of({}, evicted)).toEqual([expect.stringContaining('low on resource: memory')]);
  });

  it.each([
    ['pods "x" is forbidden: exceeded quota: moor-quota, used: pods=2', /quota on the cluster is used up/],
    ['pods "x" is forbidden: violates PodSecurity "restricted:latest"', /Pod Security/],
    ['admission webhook "w" denied the request: no', /admission refused/],
  ])('tell what did not let a pod be made: %s', (message, words) => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }];
    const found = observe({ deployment: deployment({ status: { observedGeneration: 3, conditions } }), pods: [] });
    expect(found.causes).toEqual([expect.stringMatching(words)]);
  });

  it('tell of an autoscaler that cannot read its figures', () => {
    const conditions = [
      { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'no metrics' },
    ];
    const autoscaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'a' },
      status: { conditions },
    };
    expect(observe({ autoscaler }).causes).toEqual([expect.stringContaining('FailedGetResourceMetric')]);
  });
});

import { describe, expect, it } from 'vitest';
import type { PodObject } from './kube-objects.js';
import { annotation } from './labels.js';
import { podCauses } from './pod-causes.js';

function pod(container: object | undefined, status: object = {}, metadata: object = {}): PodObject {
  const state = { name: 'agent', ready: false, started: false, restartCount: 0, ...container };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', annotations: { [annotation.port]: '8080' }, ...metadata },
    spec: { nodeName: 'node-1', containers: [{ image: 'r.example/a:1' }] },
    status: { phase: 'Pending', containerStatuses: container ? [state] : [], ...status },
  };
}
const told = (reason: string, message: string, times = 1) => ({ reason, message, at: 0, times });
const creating = { state: { waiting: { reason: 'ContainerCreating' } } };
const running = { state: { running: {} } };

describe('what events tell of a pod', () => {
  it.each([
    [
      'the reason of the registry',
      pod({ state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "r.example/a:1"' } } }),
      told('Failed', 'Failed to pull image "r.example/a:1": rpc error: code = NotFound desc = not found'),
      /code = NotFound.*Check its name and tag/,
    ],
    [
      'a volume that cannot be mounted',
      pod(creating),
      told('FailedMount', 'MountVolume.SetUp failed for volume "state-data" : hostPath type check failed'),
      /^A volume or secret of it cannot be mounted: MountVolume.SetUp failed/,
    ],
    [
      'a sandbox that cannot be made, before there is any state of its container',
      pod(undefined),
      told('FailedCreatePodSandBox', 'Failed to create pod sandbox: no runtime for "x" is configured'),
      /sandbox.*no runtime for "x"/,
    ],
    [
      'what the health check answers',
      pod({ ...running, started: true }),
      told('Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503'),
      /^It does not pass its health check on port 8080: HTTP probe failed with statuscode: 503$/,
    ],
    [
      'a start that takes long',
      pod(running),
      told('Unhealthy', 'Startup probe failed: connect: connection refused', 12),
      /health check on port 8080: connect: connection refused/,
    ],
    [
      'an end that followed on a failing health check',
      pod({
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 143, reason: 'Error' } },
      }),
      told('Unhealthy', 'Liveness probe failed: context deadline exceeded'),
      /exit code 143\. Its health check had failed before: context deadline exceeded/,
    ],
  ])('%s', (_what, subject, warning, words) => {
    expect(podCauses(subject, [warning], undefined)).toEqual([expect.stringMatching(words)]);
  });

  it('is not told of an ordinary start, nor when it serves by now', () => {
    const early = told('Unhealthy', 'Startup probe failed: connect: connection refused', 2);
    expect(podCauses(pod(running), [early], undefined)).toEqual([]);
    expect(podCauses(pod({ ...running, started: true, ready: true }), [told('FailedMount', 'x')], undefined)).toEqual(
      [],
    );
    expect(podCauses(pod(creating), [], undefined)).toEqual([]);
  });
});

describe('a node that is lost', () => {
  const serving = { ...running, started: true, ready: true };
  it('is told while the pod on it still says that it is ready', () => {
    const lost = pod(serving, { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] });
    expect(podCauses(lost, [], undefined)).toEqual([expect.stringMatching(/node "node-1" does not answer/)]);
  });

  it('is told when the cluster takes its pods off it', () => {
    const conditions = [
      {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting',
      },
    ];
    const taken = pod(serving, { conditions }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(podCauses(taken, [], undefined)).toEqual([expect.stringMatching(/node "node-1" is lost.*Taint manager/)]);
  });
});

it('a volume that is not there yet is told with what its claim says', () => {
  const message = '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.';
  const unplaced = pod(undefined, { conditions: [{ type: 'PodScheduled', status: 'False', message }] });
  expect(podCauses(unplaced, [], 'storageclass "fast" not found')).toEqual([
    expect.stringMatching(/not there yet \(storageclass "fast" not found\)/),
  ]);
});

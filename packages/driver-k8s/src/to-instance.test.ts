import { describe, expect, it } from 'vitest';
import type { JobObject, PodObject } from './kube-objects.js';
import { annotation, label } from './labels.js';
import { endsOf, isReady, jobToInstance } from './to-instance.js';

const end = (exitCode: number, more: object = {}) => ({
  terminated: { exitCode, reason: 'Error', finishedAt: '2026-01-01T00:00:05Z', ...more },
});

function pod(status: object, metadata: object = {}, podStatus: object = {}): PodObject {
  const container = { name: 'agent', ready: false, restartCount: 0, ...status };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...metadata },
    status: { phase: 'Running', containerStatuses: [container], ...podStatus },
  };
}

describe('endsOf', () => {
  it('tells each end under the name that its instance had', () => {
    const running = { running: { startedAt: '2026-01-01T00:00:06Z' } };
    const waiting = { waiting: { reason: 'CrashLoopBackOff' } };
    const names = (status: object) => endsOf(pod(status)).map(({ name }) => name);
    expect(names({ state: running })).toEqual([]);
    expect(names({ state: end(1) })).toEqual(['p']);
    expect(names({ restartCount: 1, state: running, lastState: end(1) })).toEqual(['p']);
    expect(names({ restartCount: 1, state: waiting, lastState: end(1) })).toEqual(['p-r1']);
    expect(names({ restartCount: 2, state: end(2), lastState: end(1) })).toEqual(['p-r1', 'p-r2']);
  });

  it('tells the code, the signal and a lack of memory', () => {
    const [found] = endsOf(pod({ state: end(137, { reason: 'OOMKilled' }) }));
    expect(found?.exit).toEqual({
      code: 137,
      signal: undefined,
      oom: true,
      at: Date.parse('2026-01-01T00:00:05Z'),
      message: undefined,
    });
    expect(endsOf(pod({ state: end(139, { signal: 11 }) }))[0]?.exit.signal).toBe('signal 11');
  });

  it('does not count what ended because its pod was asked to go', () => {
    const asked = { deletionTimestamp: '2026-01-01T00:00:14Z' };
    expect(endsOf(pod({ state: end(0) }, asked))).toEqual([]);
    const crashed = { restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: end(3) };
    expect(endsOf(pod(crashed, asked))).toHaveLength(1);
  });

  it('tells of an eviction before any container was made', () => {
    const evicted = { containerStatuses: undefined, phase: 'Failed', reason: 'Evicted', message: 'low on memory' };
    expect(endsOf(pod({}, {}, evicted))[0]?.exit.message).toBe('Evicted: low on memory');
  });
});

describe('jobToInstance', () => {
  const job = (status?: object): JobObject => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'run-1',
      labels: { [label.deployment]: 'd-1' },
      annotations: { [annotation.instance]: 'run-1', [annotation.tenant]: 'tenant-a', [annotation.attempt]: '2' },
    },
    ...(status === undefined ? {} : { status }),
  });

  it('is a run that is being made until its pod is there', () => {
    expect(jobToInstance(job())).toMatchObject({ kind: 'run', name: 'run-1', attempt: 2, state: 'creating' });
  });

  it('tells why it ended when the pod is gone', () => {
    const conditions = [
      { type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message: 'Job was active too long' },
    ];
    expect(jobToInstance(job({ conditions }))).toMatchObject({
      state: 'exited',
      exit: { code: undefined, message: 'Job was active too long' },
    });
  });
});

describe('a health check that failed', () => {
  const crashed = (finishedAt: string) =>
    pod({
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: end(143, { startedAt: '2026-01-01T00:00:00Z', finishedAt }),
    });
  const at = Date.parse('2026-01-01T00:00:04Z');
  const unhealthy = { reason: 'Unhealthy', message: 'Liveness probe failed: context deadline exceeded', at, times: 1 };

  it('is told with the end that followed on it', () => {
    const [found] = endsOf(crashed('2026-01-01T00:00:05Z'), [unhealthy]);
    expect(found?.exit).toMatchObject({ code: 143, message: 'its health check had failed: context deadline exceeded' });
  });

  it('of another life is not', () => {
    expect(endsOf(crashed('2026-01-01T00:00:01Z'), [unhealthy])[0]?.exit.message).toBeUndefined();
  });
});

describe('a pod whose node is lost', () => {
  it('is not ready, whatever it said last', () => {
    const said = { ready: true, state: { running: {} } };
    const conditions = (status: string) => ({ conditions: [{ type: 'Ready', status }] });
    expect(isReady(pod(said, {}, conditions('True')))).toBe(true);
    expect(isReady(pod(said, {}, conditions('False')))).toBe(false);
  });
});

describe('a run that never ran', () => {
  it('tells why, where its Job does not', () => {
    const conditions = [
      {
        type: 'Failed',
        status: 'True',
        reason: 'DeadlineExceeded',
        message: 'Job was active longer than specified deadline',
      },
    ];
    const job: JobObject = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'r' }, status: { conditions } };
    const message = 'Error creating: pods "r-x" is forbidden: exceeded quota: moor-quota';
    const refused = { reason: 'FailedCreate', message, at: 0, times: 3 };
    const pull = { reason: 'Failed', message: 'Failed to pull image "a:1": not found', at: 0, times: 3 };
    const repeated = {
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
      at: 1,
      times: 1,
    };
    expect(jobToInstance(job, [repeated, refused]).exit?.message).toMatch(
      /specified deadline\. The tenant's quota.*moor-quota/,
    );
    expect(jobToInstance(job, [pull]).exit?.message).toMatch(/specified deadline\. Failed to pull image "a:1"/);
    expect(jobToInstance(job).exit?.message).toBe('Job was active longer than specified deadline');
    expect(jobToInstance({ ...job, status: {} }, [refused]).exit).toBeUndefined();
  });
});

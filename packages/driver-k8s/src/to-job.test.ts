import type { InstanceSpec } from '@moorage/core/driver';
import { describe, expect, it } from 'vitest';
import { options, workload } from '../test/full-wish.js';
import { runSettings } from './run-settings.js';
import { toRun } from './to-job.js';
import type { ObjectOptions } from './to-objects.js';

const { template } = workload;
const spec: InstanceSpec = { ...template, ...workload, kind: 'run', name: 'run-1', ordinal: 0, attempt: 1, env: {} };

interface JobSpec {
  readonly ttlSecondsAfterFinished: number;
  readonly activeDeadlineSeconds: number;
  readonly template: { readonly spec: { readonly runtimeClassName?: string } };
}
const specOf = (more: Partial<ObjectOptions> = {}) =>
  toRun({ spec, deadline: 61_500 }, { ...options, ...more }, 60_000).job.spec as JobSpec;

describe('a run as a Job', () => {
  it('is ended at its deadline, and kept for an hour unless told otherwise', () => {
    expect(specOf()).toMatchObject({ activeDeadlineSeconds: 2, ttlSecondsAfterFinished: 3_600, suspend: true });
    expect(specOf({ runs: runSettings({ keepMs: 1_500 }) }).ttlSecondsAfterFinished).toBe(2);
  });

  it('has the RuntimeClass for runs, else that of every pod', () => {
    const classOf = (more: Partial<ObjectOptions>) => specOf(more).template.spec.runtimeClassName;
    const runs = runSettings({ runtimeClassName: 'sandboxed' });
    expect(classOf({})).toBeUndefined();
    expect(classOf({ runtimeClassName: 'usual' })).toBe('usual');
    expect(classOf({ runtimeClassName: 'usual', runs })).toBe('sandboxed');
  });
});

import type { InstanceSpec } from '@moorage/core/driver';
import { describe, expect, it } from 'vitest';
import { options, workload } from '../test/full-wish.js';
import type { KubeObject } from './kube-objects.js';
import { toRun } from './to-job.js';
import { type ObjectOptions, toObjects } from './to-objects.js';

/** Maps with names of their own choosing. */
const free = /^(labels|annotations|matchLabels|data|hard|limits|requests)$/;

function fieldsOf(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.length === 0 ? [path] : value.flatMap((one) => fieldsOf(one, path));
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [path];
  const entries = Object.entries(value);
  if (entries.length === 0 || free.test(path.split('.').at(-1) ?? '')) return [path];
  return entries.flatMap(([key, one]) => fieldsOf(one, `${path}.${key}`));
}

function everything(): readonly KubeObject[] {
  const full: ObjectOptions = {
    ...options,
    imagePullSecrets: ['login'],
    runtimeClassName: 'gvisor',
    volumes: { storageClassName: 'fast', sizeBytes: 1024, accessMode: 'ReadWriteOnce' },
    quota: () => ({ instances: 3 }),
    scaleDownWindowMs: 60_000,
  };
  const replicas = { min: 1, max: 3, targets: [{ metric: 'cpu', percent: 50 }], upWindowMs: 1_000 } as const;
  const { tenant, policy, secret, before, deployment, after } = toObjects({ ...workload, replicas }, full);
  const template = { ...workload.template, volumes: [{ name: 'data', path: '/data' }] };
  const kept = toObjects({ ...workload, template }, full);
  const spec: InstanceSpec = {
    ...workload.template,
    ...workload,
    kind: 'run',
    name: 'run-1',
    ordinal: 0,
    attempt: 1,
    env: {},
  };
  const run = toRun({ spec, deadline: 60_000 }, full, 0);
  const secrets = [secret, run.secret].filter((one) => one !== undefined);
  return [
    ...tenant,
    policy,
    ...secrets,
    ...before,
    deployment,
    kept.deployment,
    ...kept.claims,
    ...after,
    run.job,
    run.policy,
  ];
}

describe('the fields that are written', () => {
  it('are these, all generally available in Kubernetes 1.28; whoever adds one looks that up', async () => {
    const fields = everything().flatMap((object) => fieldsOf(object, object.kind));
    const text = `${[...new Set(fields)].sort().join('\n')}\n`;
    await expect(text).toMatchFileSnapshot('../test/fields.txt');
  });
});

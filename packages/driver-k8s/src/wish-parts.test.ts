import { describe, expect, it } from 'vitest';
import { options, workload } from '../test/full-wish.js';
import type { KubeObject } from './kube-objects.js';
import { annotation, objectName, secretName } from './labels.js';
import { recordedSecrets, withRecord } from './secret-record.js';
import { toObjects } from './to-objects.js';
import { unfinishedCause } from './wish-parts.js';

const wish = { ...workload, replicas: { fixed: 2 } };

function found(change: (objects: readonly KubeObject[]) => readonly KubeObject[] = (objects) => objects) {
  const { tenant, policy, before, deployment, after } = toObjects(wish, options);
  const usedSecrets = new Set([secretName(objectName(wish.deploymentId), wish.templateHash)]);
  const note = deployment.metadata.annotations?.[annotation.parts];
  return { note, usedSecrets, objects: change([...tenant, withRecord(policy, [...usedSecrets]), ...before, ...after]) };
}

const cause = (change?: Parameters<typeof found>[0]) => unfinishedCause(found(change));
const without = (kind: string) => (objects: readonly KubeObject[]) => objects.filter((one) => one.kind !== kind);

describe('whether all of a wish is there', () => {
  it('is so right after it was stated', () => {
    expect(found().note).toMatch(/PodDisruptionBudget:\w{8}/);
    expect(cause()).toBeUndefined();
  });

  it.each(['NetworkPolicy', 'Service', 'PodDisruptionBudget'])('is not so without its %s', (kind) => {
    expect(cause(without(kind))).toBe(`its ${kind} is missing, or says something else`);
  });

  it('is not so without the walls of its tenant', () => {
    const lacking = (objects: readonly KubeObject[]) =>
      objects.filter(({ metadata }) => metadata.name !== 'moor-default');
    const walls = found().objects.filter(({ kind }) => kind === 'NetworkPolicy');
    expect(walls).toHaveLength(2);
    const names = walls.map(({ metadata }) => metadata.name).filter((name) => name !== objectName(wish.deploymentId));
    expect(cause((objects) => lacking(objects).filter(({ metadata }) => !names.includes(metadata.name)))).toMatch(
      /its NetworkPolicy is missing/,
    );
  });

  it('is not so where a part says something else, or is on its way out', () => {
    const changed = (meta: object) => (objects: readonly KubeObject[]) =>
      objects.map((one) => (one.kind === 'Service' ? { ...one, metadata: { ...one.metadata, ...meta } } : one));
    expect(cause(changed({ annotations: { [annotation.applied]: 'another' } }))).toMatch(/its Service/);
    expect(cause(changed({ deletionTimestamp: '2026-01-01T00:00:00Z' }))).toMatch(/its Service/);
  });

  it('is not so while something of an earlier wish is left', () => {
    const more = (kind: string, name: string) => (objects: readonly KubeObject[]) => [
      ...objects,
      { apiVersion: 'v1', kind, metadata: { name, labels: { 'moorage.deployment': wish.deploymentId } } },
    ];
    expect(cause(more('HorizontalPodAutoscaler', 'one'))).toBe('a HorizontalPodAutoscaler of an earlier wish is left');
    const remembered = (objects: readonly KubeObject[]) =>
      objects.map((one) => (recordedSecrets(one).length === 0 ? one : withRecord(one, ['moor-old'])));
    expect(cause(remembered)).toBe('a Secret of an earlier wish is left');
    const { note, objects, usedSecrets } = found(remembered);
    expect(unfinishedCause({ note, objects, usedSecrets: new Set([...usedSecrets, 'moor-old']) })).toBeUndefined();
  });

  it('is not asked of what an older version stated', () => {
    expect(unfinishedCause({ ...found(() => []), note: undefined })).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { foreignHand } from './foreign-hand.js';

const container = (fields: object) => ({
  'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"agent"}': fields } } } },
});
const entry = (manager: string, fieldsV1: object, more: object = {}) => ({
  manager,
  fieldsV1: fieldsV1 as never,
  ...more,
});

describe('foreignHand', () => {
  it('names who has set a field of ours', () => {
    expect(foreignHand('Deployment', [entry('moorage', container({ 'f:image': {} }))])).toBeUndefined();
    const edited = [entry('moorage', container({})), entry('kubectl-edit', container({ 'f:image': {} }))];
    expect(foreignHand('Deployment', edited)).toBe('kubectl-edit');
    expect(foreignHand('Deployment', [entry('x', { 'f:spec': { 'f:strategy': {} } })])).toBe('x');
  });

  it('leaves alone what others add, what reports, and the number of instances', () => {
    const restarted = { 'f:spec': { 'f:template': { 'f:metadata': { 'f:annotations': { 'f:restartedAt': {} } } } } };
    expect(foreignHand('Deployment', [entry('kubectl-rollout', restarted)])).toBeUndefined();
    expect(
      foreignHand('Deployment', [entry('x', container({ 'f:env': { 'k:{"name":"TRACE"}': {} } }))]),
    ).toBeUndefined();
    expect(foreignHand('Deployment', [entry('x', { 'f:spec': { 'f:replicas': {} } })])).toBeUndefined();
    const status = entry('kube-controller-manager', container({ 'f:image': {} }), { subresource: 'status' });
    expect(foreignHand('Deployment', [status, {}])).toBeUndefined();
  });

  it('knows what is ours in the other objects, too', () => {
    const of = (kind: string, spec: object) => foreignHand(kind, [entry('kubectl-edit', { 'f:spec': spec })]);
    expect(of('NetworkPolicy', { 'f:egress': {} })).toBe('kubectl-edit');
    expect(of('HorizontalPodAutoscaler', { 'f:maxReplicas': {} })).toBe('kubectl-edit');
    expect(of('HorizontalPodAutoscaler', { 'f:behavior': {} })).toBeUndefined();
    expect(of('PodDisruptionBudget', { 'f:maxUnavailable': {} })).toBe('kubectl-edit');
    expect(of('Service', { 'f:selector': {} })).toBe('kubectl-edit');
    expect(of('Service', { 'f:ports': { 'k:{"port":8080}': { 'f:targetPort': {} } } })).toBe('kubectl-edit');
    expect(of('Service', { 'f:ports': { 'k:{"port":9090}': { '.': {}, 'f:port': {} } } })).toBeUndefined();
    expect(of('Secret', { 'f:data': {} })).toBeUndefined();
  });
});

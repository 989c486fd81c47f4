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
    expect(foreignHand([entry('moorage', container({ 'f:image': {} }))])).toBeUndefined();
    const edited = [entry('moorage', container({})), entry('kubectl-edit', container({ 'f:image': {} }))];
    expect(foreignHand(edited)).toBe('kubectl-edit');
    expect(foreignHand([entry('x', { 'f:spec': { 'f:strategy': {} } })])).toBe('x');
  });

  it('leaves alone what others add, what reports, and the number of instances', () => {
    const restarted = { 'f:spec': { 'f:template': { 'f:metadata': { 'f:annotations': { 'f:restartedAt': {} } } } } };
    expect(foreignHand([entry('kubectl-rollout', restarted)])).toBeUndefined();
    expect(foreignHand([entry('x', container({ 'f:env': { 'k:{"name":"TRACE"}': {} } }))])).toBeUndefined();
    expect(foreignHand([entry('x', { 'f:spec': { 'f:replicas': {} } })])).toBeUndefined();
    const status = entry('kube-controller-manager', container({ 'f:image': {} }), { subresource: 'status' });
    expect(foreignHand([status, {}])).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { isKind, kinds, pathOf } from './kinds.js';

describe('kinds', () => {
  it('are of versions that every cluster since 1.28 serves, and no others', () => {
    const versions = new Set(Object.values(kinds).map(({ apiVersion }) => apiVersion));
    expect([...versions].sort()).toEqual([
      'apps/v1',
      'autoscaling/v2',
      'batch/v1',
      'networking.k8s.io/v1',
      'policy/v1',
      'v1',
    ]);
  });

  it('have their paths', () => {
    expect(pathOf('Pod')).toBe('/api/v1/pods');
    expect(pathOf('Pod', 'n', 'p')).toBe('/api/v1/namespaces/n/pods/p');
    expect(pathOf('Deployment', 'n')).toBe('/apis/apps/v1/namespaces/n/deployments');
    expect(pathOf('Namespace', undefined, 'n')).toBe('/api/v1/namespaces/n');
    expect(isKind('Pod') && !isKind('toString') && !isKind('Node')).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { labelValue, namespaceName } from './labels.js';

describe('labels', () => {
  it('take an id as it is where Kubernetes does, and a hash of it elsewhere', () => {
    expect(labelValue('owner-1_a.b')).toBe('owner-1_a.b');
    for (const odd of ['-owner', 'Müller', 'a b', 'x'.repeat(64), ''])
      expect(labelValue(odd)).toMatch(/^sha256-[0-9a-f]{40}$/);
    expect(labelValue('a b')).not.toBe(labelValue('a c'));
  });

  it("a namespace is one owner's and one tenant's", () => {
    const names = [
      namespaceName('a', 'bc'),
      namespaceName('ab', 'c'),
      namespaceName('a', 'b'),
      namespaceName('A', 'bc'),
    ];
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^moor-[0-9a-f]{20}$/);
  });
});

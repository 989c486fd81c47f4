import { describe, expect, it } from 'vitest';
import { probeExit } from './to-probes.js';
import { judge } from './verify-policies.js';

const { reached, denied, inconclusive } = probeExit;

describe('judge', () => {
  it('calls policies enforced only where both ways were denied', () => {
    expect(judge(denied, denied).policies).toBe('enforced');
    expect(judge(denied, reached).policies).toBe('unenforced');
    expect(judge(reached, denied).policies).toBe('unenforced');
    expect(judge(reached, reached)).toEqual({
      policies: 'unenforced',
      reason:
        'a connection into a pod that takes none was let through, one out of a pod that may make none was let through',
    });
  });

  it.each([
    [inconclusive, denied],
    [denied, 1],
  ])('says nothing where the probes failed: %i and %i', (ingress, egress) => {
    expect(() => judge(ingress, egress)).toThrow(/could not talk/);
  });
});

import { describe, expect, it } from 'vitest';
import { options, workload } from '../test/full-wish.js';
import { annotation } from './labels.js';
import { recordedSecrets, withRecord } from './secret-record.js';
import { toObjects } from './to-objects.js';

const { policy } = toObjects(workload, options);

describe('what a policy remembers of Secrets', () => {
  it('is what was written last, each name once', () => {
    expect(recordedSecrets(policy)).toEqual([]);
    const first = withRecord(policy, ['b', 'a', 'b']);
    expect(recordedSecrets(first)).toEqual(['a', 'b']);
    expect(recordedSecrets(withRecord(first, ['c']))).toEqual(['c']);
    expect(withRecord(first, [])).toEqual(policy);
  });

  it('is no part of what its wish says', () => {
    const applied = ({ metadata }: typeof policy) => metadata.annotations?.[annotation.applied];
    expect(applied(withRecord(policy, ['a']))).toBe(applied(policy));
  });
});

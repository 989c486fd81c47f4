import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.js';
import { sameData } from './same-data.js';

const leaf = fc.constantFrom(undefined, null, 0, 1, '', 'a', true);
const inner = fc.dictionary(fc.constantFrom('a', 'b'), leaf, { maxKeys: 2 });
const data = fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(leaf, inner, fc.array(inner, { maxLength: 2 })), {
  maxKeys: 2,
});

const wrapped = (value: unknown) => canonicalJson({ value });

describe('sameData', () => {
  it('calls the same only what has the same canonical JSON', () => {
    fc.assert(
      fc.property(data, data, (one, other) => {
        if (sameData(one, other)) expect(wrapped(one)).toBe(wrapped(other));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('finds a copy the same, and one that was changed not', () => {
    const status = { slots: [{ ordinal: 0, retryAt: undefined }], lastReady: { hash: 'a' }, updatedAt: 1 };
    expect(sameData(status, structuredClone(status))).toBe(true);
    expect(sameData(status, { ...status, slots: [{ ordinal: 0 }] })).toBe(true);
    expect(sameData(status, { ...status, slots: [{ ordinal: 0, retryAt: 5 }] })).toBe(false);
    expect(sameData(status, { ...status, slots: [] })).toBe(false);
    expect(sameData(status, { ...status, more: null })).toBe(false);
    expect(sameData({}, { more: undefined })).toBe(true);
    expect(sameData({ length: 0 }, [])).toBe(false);
  });
});

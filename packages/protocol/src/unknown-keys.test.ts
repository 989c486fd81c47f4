import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { nearest, restoreExtensions, splitUnknownKeys } from './unknown-keys.js';

const schema = z.looseObject({
  list: z.array(z.strictObject({ known: z.number().optional() })).optional(),
  free: z.record(z.string(), z.unknown()).optional(),
});

describe('splitUnknownKeys', () => {
  it('takes out what the schema does not know, at every level, and tells strict blocks apart', () => {
    const data = { list: [{ known: 1 }, { other: 2 }], free: { any: 1 }, top: 3, 'x-a': 4 };
    const found = splitUnknownKeys(schema, data);
    expect(found.known).toEqual({ list: [{ known: 1 }, {}], free: { any: 1 } });
    expect(found.unknown).toEqual([
      { path: ['list', 1, 'other'], strict: true, meant: undefined },
      { path: ['top'], strict: false, meant: undefined },
    ]);
    expect(found.extensions).toEqual([{ path: ['x-a'], value: 4 }]);
  });

  it('leaves data of another shape alone, for the schema to refuse', () => {
    expect(splitUnknownKeys(schema, { list: 'no' }).known).toEqual({ list: 'no' });
    expect(splitUnknownKeys(schema, 5).known).toBe(5);
  });

  it('gives back by restoreExtensions what it took', () => {
    const data = { list: [{ 'x-inner': 1 }], 'x-outer': { deep: true } };
    const { known, extensions } = splitUnknownKeys(schema, data);
    restoreExtensions(known, extensions);
    expect(known).toEqual(data);
  });
});

describe('nearest', () => {
  it.each([
    ['memroy', 'memory'],
    ['Memory', 'memory'],
    ['healthPath', 'health_path'],
    ['health-path', 'health_path'],
    ['memor', 'memory'],
    ['colour', undefined],
    ['m', undefined],
    ['m'.repeat(1_000), undefined],
  ])('%s means %s', (key, meant) => {
    expect(nearest(key, ['memory', 'health_path', 'cpu'])).toBe(meant);
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.js';

it('has one spelling for equal data', () => {
  expect(canonicalJson({ b: 1, a: [1, { d: undefined, c: null }], e: undefined })).toBe('{"a":[1,{"c":null}],"b":1}');
  expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
  expect(canonicalJson([undefined, Number.NaN, -0])).toBe('[null,null,0]');
  expect(canonicalJson(undefined)).toBe('null');
});

it('is JSON of the same data, and the same after a trip through JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
    { seed: 1, numRuns: 300 },
  );
});

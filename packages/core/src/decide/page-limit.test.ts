import { expect, it } from 'vitest';
import { pageLimit } from './page-limit.js';

it('is 100 unless asked for, and from 1 to 1 000', () => {
  expect(pageLimit(undefined)).toBe(100);
  expect([1, 1000].map(pageLimit)).toEqual([1, 1000]);
});

it.each([0, -1, 1001, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (limit) => {
  expect(() => pageLimit(limit)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
});

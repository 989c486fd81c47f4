import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate, calculateAction } from './calculate.js';

const context = { id: undefined, signal: new AbortController().signal };

describe('calculate', { timeout: 60_000 }, () => {
  it.each([
    [5, 3, '+', 8],
    [5, 3, '-', 2],
    [5, 3, '*', 15],
    [6, 3, '/', 2],
    [0, 3, '/', 0],
  ] as const)('%d %d %s is %d', (a, b, op, result) => {
    expect(calculate(a, b, op)).toBe(result);
  });

  it.each([
    [1, 0, '/', 'nothing can be divided by zero'],
    [1, -0, '/', 'nothing can be divided by zero'],
    [1e308, 10, '*', 'beyond the numbers that can be told'],
  ] as const)('%d %d %s is refused', (a, b, op, words) => {
    expect(() => calculate(a, b, op)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(words) }),
    );
  });

  it('gives a finite number, or refuses', () => {
    const numbers = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(numbers, numbers, fc.constantFrom('+', '-', '*', '/'), (a, b, op) => {
        try {
          expect(Number.isFinite(calculate(a, b, op))).toBe(true);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'invalid_argument' });
        }
      }),
      { seed: 8, numRuns: 300 },
    );
  });
});

describe('the action', { timeout: 60_000 }, () => {
  it('takes a, b and op', () => {
    expect(calculateAction({ a: 5, b: 3, op: '+' }, context)).toBe(8);
  });

  it.each([
    [{ a: '5', b: 3, op: '+' }, 'a'],
    [{ a: 5, op: '+' }, 'b'],
    [{ a: 5, b: 3, op: '%' }, 'op'],
    [{ a: 5, b: 3, op: '+', c: 1 }, 'params'],
  ])('refuses %j and names %s', (params, field) => {
    expect(() => calculateAction(params, context)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', context: expect.objectContaining({ field }) }),
    );
  });
});

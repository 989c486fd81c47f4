import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineAction } from './agent-action.js';

const context = { id: undefined, signal: new AbortController().signal };
const add = defineAction(z.strictObject({ a: z.number(), b: z.number() }), ({ a, b }) => a + b);

describe('defineAction', () => {
  it('runs with checked params', () => {
    expect(add({ a: 5, b: 3 }, context)).toBe(8);
  });

  it.each([
    [{ a: 'x', b: 3 }, 'a', 'a is "x", but must be a number. Way out: use a number'],
    [{ a: 1 }, 'b', 'b is missing'],
    [{ a: 1, b: 2, c: 3 }, 'params', 'must not have the key "c"'],
  ])('refuses %j and names %s', (params, field, words) => {
    expect(() => add(params, context)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        message: expect.stringContaining(words),
        context: expect.objectContaining({ field }),
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorBodySchema, errorCodeOfStatus, fromWireError, toWireError } from './error-body.js';
import { errorCodes, errorTable, MoorageError } from './errors.js';

describe('toWireError', { timeout: 60_000 }, () => {
  it('tells code, words, operation and context, and never cause or stack', () => {
    const cause = new Error('password=hunter2');
    const error = new MoorageError('not_found', 'No such container', {
      operation: 'get',
      context: { id: 'd-1' },
      cause,
    });
    const body = toWireError(error);
    expect(body).toEqual({
      code: 'not_found',
      message: 'No such container',
      retryable: false,
      operation: 'get',
      context: { id: 'd-1' },
    });
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it.each([
    [new Error('connect ECONNREFUSED 10.1.2.3:5432')],
    ['connect ECONNREFUSED 10.1.2.3:5432'],
    [new MoorageError('internal', 'connect ECONNREFUSED 10.1.2.3:5432', { cause: new Error('x') })],
  ])('keeps the words of a foreign error inside', (thrown) => {
    const body = toWireError(thrown);
    expect(body.code).toBe('internal');
    expect(JSON.stringify(body)).not.toContain('10.1.2.3');
  });

  it('leaves out of the context what JSON cannot say, and keeps the rest', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const context = {
      cycle,
      big: 1n,
      none: undefined,
      call: () => 1,
      cause: new Error('secret'),
      at: new Date(0),
      ok: [1],
    };
    expect(toWireError(new MoorageError('conflict', 'x', { context })).context).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      ok: [1],
    });
  });
});

describe('fromWireError', { timeout: 60_000 }, () => {
  it('is the inverse of toWireError', () => {
    const errors = fc.record({
      code: fc.constantFrom(...errorCodes),
      message: fc.string(),
      retryable: fc.boolean(),
      operation: fc.option(fc.string(), { nil: undefined }),
      context: fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.string()),
    });
    fc.assert(
      fc.property(errors, ({ code, message, ...options }) => {
        const wire = JSON.parse(JSON.stringify(toWireError(new MoorageError(code, message, options)))) as unknown;
        expect(errorBodySchema.safeParse(wire).success).toBe(true);
        expect(fromWireError(wire)).toMatchObject({ code, message, ...options });
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it.each([
    [{ code: 'brand_new', message: 'later version', retryable: true }, 'later version'],
    [{ message: 5 }, 'no known form'],
    [null, 'no known form'],
    ['<html>', 'no known form'],
  ])('makes %j internal', (body, words) => {
    const error = fromWireError(body);
    expect(error.code).toBe('internal');
    expect(error.message).toContain(words);
  });
});

describe('errorCodeOfStatus', { timeout: 60_000 }, () => {
  it('gives a code with that very status wherever the table has one', () => {
    for (const status of new Set(errorCodes.map((code) => errorTable[code].http))) {
      expect(errorTable[errorCodeOfStatus(status)].http).toBe(status);
    }
  });

  it('judges unknown ones by their class', () => {
    expect(errorCodeOfStatus(418)).toBe('invalid_argument');
    expect(errorCodeOfStatus(502)).toBe('unavailable');
  });
});

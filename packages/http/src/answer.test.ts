import { errorCodes, errorTable, MoorageError } from '@moorage/protocol';
import { describe, expect, it } from 'vitest';
import { failure, success } from './answer.js';

it('wraps data', async () => {
  const answer = success({ a: 1 }, { status: 201, headers: { location: '/x' } });
  expect(answer.status).toBe(201);
  expect(answer.headers.get('location')).toBe('/x');
  expect(await answer.json()).toEqual({ success: true, data: { a: 1 } });
});

describe('failure', () => {
  it.each(errorCodes)('answers %s with the status of the error table', async (code) => {
    const answer = failure(new MoorageError(code, 'why', { context: { limit: 3 } }));
    expect(answer.status).toBe(errorTable[code].http);
    expect(await answer.json()).toEqual({
      success: false,
      error: { code, message: 'why', retryable: errorTable[code].retryable, context: { limit: 3 } },
    });
    expect(answer.headers.has('retry-after')).toBe(code === 'unavailable' || code === 'resource_exhausted');
    expect(answer.headers.get('www-authenticate')).toBe(code === 'unauthenticated' ? 'Bearer' : null);
  });

  it('keeps what a foreign error says inside', async () => {
    const answer = failure(new Error('connect postgres://u:hunter2@db'));
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('hunter2');
  });

  it('says how long to wait when the error knows', () => {
    const error = new MoorageError('unavailable', 'why', { context: { retryAfterMs: 2500 } });
    expect(failure(error).headers.get('retry-after')).toBe('3');
  });
});

import { describe, expect, it } from 'vitest';
import { answerSchema, replyEnvelopeSchema, requestEnvelopeSchema } from './envelope.js';

describe('the request envelope', () => {
  it('may have an id, and leaves out what it does not know', () => {
    const request = { id: 'r-1', action: 'get_container', params: { container_id: 'd' }, trace: 'x' };
    expect(requestEnvelopeSchema.parse(request)).toEqual({
      id: 'r-1',
      action: 'get_container',
      params: { container_id: 'd' },
    });
    expect(requestEnvelopeSchema.parse({ action: 'a' })).toEqual({ action: 'a' });
  });

  it.each([
    [{}],
    [{ action: '' }],
    [{ action: 'a', params: [] }],
    [{ action: 'a', id: {} }],
    [{ action: 'a', id: '' }],
    [[]],
    [null],
  ])('refuses %j', (request) => {
    expect(requestEnvelopeSchema.safeParse(request).success).toBe(false);
  });
});

describe('the reply envelope', () => {
  it('holds a result or an error', () => {
    const error = { code: 'not_found', message: 'x', retryable: false };
    expect(replyEnvelopeSchema.parse({ id: 1, error })).toEqual({ id: 1, error });
    expect(replyEnvelopeSchema.parse({ id: 1, result: 8 })).toEqual({ id: 1, result: 8 });
  });
});

describe('the REST answer', () => {
  it('says whether it is a success', () => {
    expect(answerSchema.parse({ success: true, data: { a: 1 } })).toEqual({ success: true, data: { a: 1 } });
    expect(answerSchema.safeParse({ success: false }).success).toBe(false);
    expect(answerSchema.safeParse({ data: 1 }).success).toBe(false);
  });
});

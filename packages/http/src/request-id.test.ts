import { expect, it } from 'vitest';
import { requestId } from './request-id.js';

it('keeps a harmless id', () => {
  expect(requestId('abc-1.2_3')).toBe('abc-1.2_3');
});

it.each([undefined, null, '', 'a b', 'a\nb', 'é', 'x'.repeat(129)])('makes one instead of %j', (given) => {
  const made = requestId(given);
  expect(made).toMatch(/^[0-9a-f-]{36}$/);
  expect(requestId(given)).not.toBe(made);
});

import { expect, it } from 'vitest';
import { apiFailure } from './classify-error.js';
import { metricsAway } from './metrics-away.js';

it.each([
  ['the API server knows that it is away', apiFailure(503, '{"message":"service unavailable"}')],
  ['the API server has waited for it in vain', apiFailure(504, '{"message":"timeout"}')],
  ['nothing comes', Object.assign(new Error('nothing came from it for 15000 ms'), { code: 'ETIMEDOUT' })],
])('a metrics server that does not answer is told as such: %s', (_case, cause) => {
  expect(metricsAway(cause)).toMatchObject({ code: 'unavailable', operation: 'driver.usage' });
  expect(metricsAway(cause)?.message).toMatch(/metrics API does not answer \(.+\)\. Check its metrics server/);
});

it('another failure is left as it is', () => {
  for (const cause of [apiFailure(403, ''), apiFailure(500, ''), new Error('other'), undefined]) {
    expect(metricsAway(cause)).toBeUndefined();
  }
});

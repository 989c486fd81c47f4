import { expect, it } from 'vitest';
import { belowPrefix } from './node-request.js';

it.each([
  ['/v1/containers?x=1', '', '/v1/containers?x=1'],
  ['/moorage/v1/containers', '/moorage', '/v1/containers'],
  ['/moorage', '/moorage', '/'],
  ['/moorage?x=1', '/moorage', '/?x=1'],
  ['/moorages/v1', '/moorage', undefined],
  ['/other', '/moorage', undefined],
  [undefined, '', '/'],
])('%j below %j is %j', (url, prefix, path) => {
  expect(belowPrefix(url, prefix)).toBe(path);
});

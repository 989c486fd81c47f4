import { expect, it } from 'vitest';
import { namesIn } from './names.js';

it('qualifies and quotes', () => {
  expect(namesIn('public').of('containers')).toBe('"public"."containers"');
  expect(namesIn('a'.repeat(54)).channel.length).toBeLessThanOrEqual(63);
});

it.each(['', 'Upper', 'a"b', 'a b', '1a', 'x'.repeat(55), 'ü'])('refuses the schema name %j', (name) => {
  expect(() => namesIn(name)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
});

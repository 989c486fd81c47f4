import { expect, it } from 'vitest';
import { where } from './conditions.js';

it('numbers the conditions that have a value, and names the statement after them', () => {
  expect(
    where([
      ['tenant', 'tenant = ', 't'],
      ['agent', 'agent_id = ', undefined],
      ['shards', 'shard = any', [1, 2]],
      ['after', 'sequence > ', 0],
    ]),
  ).toEqual({
    key: '-tenant-shards-after',
    text: 'where tenant = $1 and shard = any($2::int[]) and sequence > $3',
    values: ['t', [1, 2], 0],
  });
  expect(where([['tenant', 'tenant = ', undefined]])).toEqual({ key: '', text: '', values: [] });
});

it('finds nothing for a text that can be no key', () => {
  expect(where([['tenant', 'tenant = ', 'zero \0']])).toBeUndefined();
  expect(where([['tenant', 'tenant = ', '']])).toBeUndefined();
});

import { expect, it } from 'vitest';
import { formatTable } from './format-table.js';

it('lines the columns up, and pads no line at its end', () => {
  const rows = [
    ['a', 'long one', 'x'],
    ['longer', 'b', ''],
  ];
  expect(formatTable(['ONE', 'TWO', 'THREE'], rows)).toBe(
    ['ONE     TWO       THREE', 'a       long one  x', 'longer  b', ''].join('\n'),
  );
});

it('lets no control character reach the terminal', () => {
  expect(formatTable(['A'], [['\u001b[2Jgone\n']])).toBe('A\n [2Jgone\n');
});

import { expect, it } from 'vitest';
import { parseStat } from './linux-process-table.js';

const line = (name: string, state: string) =>
  `4242 (${name}) ${state} 1 4240 4239 0 -1 4194560 1000 0 0 0 120 30 7 3 20 0 11 0 987654 1100000000 12000 18446744073709551615`;

it.each(['node', 'a b', 'odd) S (name', '))(('])('reads the process "%s"', (name) => {
  expect(parseStat(line(name, 'S'))).toEqual({
    pid: 4242,
    group: 4240,
    session: 4239,
    suspended: false,
    start: '987654',
    cpuMs: 1600,
  });
});

it('tells a stopped process, and leaves out one that has ended', () => {
  expect(parseStat(line('node', 'T'))?.suspended).toBe(true);
  expect(parseStat(line('node', 'Z'))).toBeUndefined();
  expect(parseStat('')).toBeUndefined();
});

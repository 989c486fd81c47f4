import { expect, it } from 'vitest';
import { parsePsLine } from './ps-process-table.js';

it('reads a line of macOS', () => {
  expect(parsePsLine('  501   500   4096 Ss     1:02.50 Mon Nov  3 05:17:00 2025    ')).toEqual({
    pid: 501,
    group: 500,
    session: undefined,
    suspended: false,
    start: 'Mon Nov 3 05:17:00 2025',
    cpuMs: 62_500,
    memoryBytes: 4096 * 1024,
  });
});

it('reads a line of procps, with days of CPU time', () => {
  expect(parsePsLine('7 7 10 Tl 1-02:03:04 Mon Nov 30 05:17:00 2025')).toMatchObject({
    suspended: true,
    cpuMs: (26 * 3600 + 3 * 60 + 4) * 1000,
  });
});

it('leaves out zombies and what is no process', () => {
  expect(parsePsLine('7 7 0 Z 00:00:00 Mon Nov 30 05:17:00 2025')).toBeUndefined();
  expect(parsePsLine('')).toBeUndefined();
  expect(parsePsLine('ps: no such thing')).toBeUndefined();
});

import { expect, it } from 'vitest';
import { cpuPercent } from './measure-usage.js';

const point = (cpuMs: number, atMs: number) => ({ instanceId: 'uid', cpuMs, atMs });

it('is percent of one core since the earlier point', () => {
  expect(cpuPercent(point(1000, 10_000), point(3000, 11_000), 99_000)).toBe(200);
  expect(cpuPercent(point(1000, 10_000), point(1000, 11_000), 99_000)).toBe(0);
});

it('is the mean since the start when there is no earlier point', () => {
  expect(cpuPercent(undefined, point(500, 11_000), 2000)).toBe(25);
});

it('is unsupported, not 0, over no time; and never below 0', () => {
  expect(cpuPercent(undefined, point(500, 11_000), 0)).toBe('unsupported');
  expect(cpuPercent(point(1000, 10_000), point(900, 11_000), 99_000)).toBe(0);
});

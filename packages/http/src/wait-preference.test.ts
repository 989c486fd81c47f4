import { expect, it } from 'vitest';
import { waitPreference } from './wait-preference.js';

it.each([
  [undefined, null, 300_000],
  [undefined, '', 300_000],
  [0, null, 0],
  [1500, 'respond-async', 1500],
  [undefined, 'respond-async', 0],
  [undefined, 'Respond-Async, wait=10', 10_000],
  [undefined, 'respond-async; wait = "3"', 3000],
  [undefined, 'wait=999999', 600_000],
  [undefined, 'wait=-1', 300_000],
  [undefined, 'return=minimal', 300_000],
])('wait_ms %j with Prefer %j waits %j ms', (waitMs, prefer, expected) => {
  expect(waitPreference(waitMs, prefer)).toBe(expected);
});

it.each([-1, 600_001, 1.5, Number.NaN])('refuses wait_ms %j', (waitMs) => {
  expect(() => waitPreference(waitMs, null)).toThrow(/600000/);
});

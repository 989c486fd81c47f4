import { expect, it } from 'vitest';
import { runSettings } from './run-settings.js';

it('keeps ended runs for an hour unless told otherwise, and refuses a time that is none', () => {
  expect(runSettings()).toEqual({ keepMs: 3_600_000, runtimeClassName: undefined });
  expect(runSettings({ keepMs: 0, runtimeClassName: 'gvisor' })).toEqual({ keepMs: 0, runtimeClassName: 'gvisor' });
  for (const keepMs of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => runSettings({ keepMs })).toThrow(/keepMs/);
});

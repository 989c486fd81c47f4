import type { DeploymentRecord } from '@moorage/core';
import { expect, it } from 'vitest';
import { chooseDriver } from './choose-driver.js';

const wants = (kind: 'image' | 'build' | 'program') =>
  ({ desired: { template: { source: { kind } } } }) as DeploymentRecord;

it('takes the one that was asked for', () => {
  expect(chooseDriver('docker', [wants('program')], true)).toBe('docker');
  expect(() => chooseDriver('kubernetes', [], false)).toThrow('"kubernetes"');
});

it('takes the one that can run what is wanted', () => {
  expect(chooseDriver(undefined, [wants('program'), wants('program')], false)).toBe('process');
  expect(chooseDriver(undefined, [wants('image'), wants('build')], true)).toBe('docker');
  expect(chooseDriver(undefined, [], true)).toBe('process');
  expect(chooseDriver(undefined, [], false)).toBe('docker');
});

it('asks where the store has agents of both', () => {
  expect(() => chooseDriver(undefined, [wants('image'), wants('program')], true)).toThrow('--driver docker or');
});

import { afterEach, expect, it } from 'vitest';
import { newPlace, type Place } from './support/host-process.js';
import { modulesOf } from './support/modules-of.js';

let place: Place | undefined;
afterEach(async () => place?.clean());

it('a host on Docker loads nothing of the Kubernetes client', { timeout: 240_000 }, async () => {
  place = await newPlace('docker');
  const modules = await modulesOf(place);
  expect(modules.some((url) => url.includes('/dockerode/'))).toBe(true);
  expect(modules.filter((url) => url.includes('/@kubernetes/'))).toEqual([]);
});

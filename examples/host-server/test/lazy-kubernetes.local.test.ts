import { afterEach, expect, it } from 'vitest';
import { newPlace, type Place } from './support/host-process.js';
import { modulesOf } from './support/modules-of.js';

let place: Place | undefined;
afterEach(async () => place?.clean());

const patient = { timeout: 240_000 };
const kubernetesClient = /node_modules\/@kubernetes\//;

it.each(['memory', 'process'])('a host on %s loads nothing of the Kubernetes client', patient, async (driver) => {
  place = await newPlace(driver);
  const modules = await modulesOf(place);
  expect(modules.some((url) => url.includes('/express/'))).toBe(true);
  expect(modules.filter((url) => kubernetesClient.test(url))).toEqual([]);
});

it('one on Kubernetes does, so that the test above would see it', patient, async () => {
  place = await newPlace('kubernetes', { KUBECONFIG: '/nowhere/kubeconfig' });
  const modules = await modulesOf(place);
  expect(modules.some((url) => kubernetesClient.test(url))).toBe(true);
});

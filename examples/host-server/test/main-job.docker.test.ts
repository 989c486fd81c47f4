import { afterEach, expect, it } from 'vitest';
import { newPlace, type Place } from './support/host-process.js';
import { walkMainJob } from './support/main-job.js';

let place: Place | undefined;
afterEach(async () => place?.clean());

it('walks the main job on Docker: start, use, stop, adopt, kill, adopt, remove', { timeout: 240_000 }, async () => {
  place = await newPlace('docker');
  await walkMainJob(place);
  expect(place.folder).toBeTruthy();
});

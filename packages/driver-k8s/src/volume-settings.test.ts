import { expect, it } from 'vitest';
import { volumeSettings } from './volume-settings.js';

it('fills in the defaults, and refuses a size that is none', () => {
  expect(volumeSettings({})).toEqual({
    storageClassName: undefined,
    sizeBytes: 1024 ** 3,
    accessMode: 'ReadWriteOnce',
  });
  for (const sizeBytes of [0, -1, 1.5, Number.NaN]) expect(() => volumeSettings({ sizeBytes })).toThrow(/sizeBytes/);
});

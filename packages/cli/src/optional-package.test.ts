import { expect, it } from 'vitest';
import { optionalPackage } from './optional-package.js';

const failing = (code: string, message: string) => async () => {
  throw Object.assign(new Error(message), { code });
};

it('says how to get a package that is not there', async () => {
  expect(await optionalPackage('a', async () => 1)).toBe(1);
  const missing = failing('ERR_MODULE_NOT_FOUND', "Cannot find package '@moorage/driver-docker' imported from x");
  await expect(optionalPackage('@moorage/driver-docker', missing)).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('npm install @moorage/driver-docker'),
  });
});

it('passes on what is wrong inside it', async () => {
  const broken = failing('ERR_MODULE_NOT_FOUND', "Cannot find package 'other' imported from y");
  await expect(optionalPackage('@moorage/driver-docker', broken)).rejects.toThrow("'other'");
});

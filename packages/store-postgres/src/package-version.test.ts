import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { packageVersion } from './package-version.js';

it('is the version of the package', async () => {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  expect(packageVersion).toBe((JSON.parse(text) as { version: string }).version);
});

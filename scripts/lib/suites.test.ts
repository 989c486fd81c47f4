import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { chooseSuites, missingPrograms, suites } from './suites.mjs';

const chosen = (selected: readonly string[], required = '') =>
  chooseSuites(selected, required).map((suite) => [suite.name, suite.required]);

it('runs all when none is named, packages last', () => {
  const names = chosen([]).map(([name]) => name);
  expect(names).toEqual(suites.map(({ name }) => name));
  expect(names.at(-1)).toBe('packages');
});

it('requires what is named, on the command line or in MOORAGE_REQUIRE', () => {
  expect(chosen(['engine', 'unit'])).toEqual([
    ['unit', true],
    ['engine', true],
  ]);
  const required = chosen([], ' docker,engine,').filter(([, must]) => must);
  expect(required.map(([name]) => name)).toEqual(['docker', 'engine']);
});

it.each([
  [['dokcer'], '', 'command line: "dokcer"'],
  [[], 'docker,podman', 'MOORAGE_REQUIRE: "podman"'],
])('refuses a name that is no suite: %j, %j', (selected, required, said) => {
  expect(() => chosen(selected, required)).toThrow(said);
});

it('names the programs that are not here, with their packages', () => {
  const here = { program: 'node', package: 'nodejs' };
  const folder = dirname(process.execPath);
  expect(missingPrograms([here], folder)).toBeUndefined();
  const absent = { program: 'moorage-no-such-program', package: 'moorage-none' };
  expect(missingPrograms([here, absent], folder)).toBe(
    'moorage-no-such-program not found (install the Debian packages: moorage-none)',
  );
});

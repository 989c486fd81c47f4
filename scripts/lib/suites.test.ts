import { expect, it } from 'vitest';
import { chooseSuites, suites } from './suites.mjs';

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

import { expect, it } from 'vitest';
import { filesToRepeat, readReport, withSecondTry } from './vitest-report.mjs';

const well = { code: 0, signal: null };
const badly = { code: 1, signal: null };
const test = (status: string) => ({ status, fullName: 'adds', failureMessages: ['expected 1\n    at x.ts'] });
const report = (statuses: readonly string[], status = 'passed') => ({
  testResults: [{ name: 'x.test.ts', status, message: 'cannot load', assertionResults: statuses.map(test) }],
});

it.each([
  ['all passed', report(['passed', 'passed']), well, 2, 0],
  ['one failed', report(['passed', 'failed'], 'failed'), badly, 1, 1],
  ['a file that cannot be loaded', report([], 'failed'), badly, 0, 1],
  ['a hook that failed after the tests', report(['passed'], 'failed'), badly, 1, 1],
  ['an error outside of all tests', report(['passed']), badly, 1, 1],
  ['a crash', undefined, { code: null, signal: 'SIGKILL' }, 0, 1],
  ['a runner that wrote nothing and says that all is well', undefined, well, 0, 1],
  ['no test at all', { testResults: [] }, badly, 0, 1],
  ['nothing but skipped tests', report(['skipped', 'pending']), well, 0, 1],
])('counts %s', (_name, found, ended, passed, failed) => {
  expect(readReport(found, ended)).toMatchObject({ passed, failed });
});

it('names what failed by its first line, without colours', () => {
  const esc = String.fromCharCode(27);
  const coloured = { ...test('failed'), failureMessages: [`${esc}[31mexpected 1${esc}[39m\n    at x.ts`] };
  const found = { testResults: [{ name: 'x.test.ts', status: 'failed', assertionResults: [coloured] }] };
  expect(readReport(found, badly).failures).toEqual([{ file: 'x.test.ts', name: 'adds', message: 'expected 1' }]);
});

it('repeats a few files that failed, and nothing where a whole suite did', () => {
  const failure = (file: string) => ({ file, name: 'adds', message: '' });
  expect(filesToRepeat({ failures: ['a', 'b', 'a'].map(failure) })).toEqual(['a', 'b']);
  expect(filesToRepeat({ failures: ['a', 'b', 'c', 'd'].map(failure) })).toEqual([]);
  expect(filesToRepeat({ failures: [failure('')] })).toEqual([]);
  expect(filesToRepeat({ failures: [] })).toEqual([]);
});

it('counts the second try of a file and not its first one', () => {
  const file = (name: string, status: string) => ({ name, status, assertionResults: [test(status)] });
  const first = { testResults: [file('a.test.ts', 'passed'), file('b.test.ts', 'failed')] };
  const well2 = withSecondTry(first, { testResults: [file('b.test.ts', 'passed')] });
  expect(readReport(well2, well)).toMatchObject({ passed: 2, failed: 0 });
  const again = withSecondTry(first, { testResults: [file('b.test.ts', 'failed')] });
  expect(readReport(again, badly)).toMatchObject({ passed: 1, failed: 1 });
  expect(readReport(withSecondTry(first, undefined), badly)).toMatchObject({ failed: 1 });
});

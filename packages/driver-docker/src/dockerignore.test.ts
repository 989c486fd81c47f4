import { expect, it } from 'vitest';
import { dockerignore } from './dockerignore.js';

it.each([
  ['node_modules', 'node_modules', true],
  ['node_modules', 'node_modules/a/b.js', true],
  ['node_modules', 'src/node_modules', false],
  ['/build/', 'build/x', true],
  ['**/node_modules', 'src/node_modules/a', true],
  ['*.log', 'a.log', true],
  ['*.log', 'logs/a.log', false],
  ['**/*.log', 'logs/deep/a.log', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['[ab].txt', 'b.txt', true],
  ['a+b(1).txt', 'a+b(1).txt', true],
  ['# node_modules', 'node_modules', false],
  ['', 'anything', false],
  ['*\n!keep.txt', 'keep.txt', false],
  ['*\n!keep.txt', 'other.txt', true],
  ['!keep.txt\n*', 'keep.txt', true],
])('%j and %s', (text, path, ignored) => {
  expect(dockerignore(text)(path)).toBe(ignored);
});

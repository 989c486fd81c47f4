import { expect, it } from 'vitest';
import { createClosers } from './closers.js';

it('ends everything once, the last begun first, whatever fails', async () => {
  const ended: string[] = [];
  const closers = createClosers();
  closers.add(() => ended.push('first'));
  closers.add(() => Promise.reject(new Error('stuck')));
  closers.add(async () => ended.push('last'));
  await Promise.all([closers.close(), closers.close()]);
  expect(ended).toEqual(['last', 'first']);
});

it('ends at once what is begun too late', async () => {
  const ended: string[] = [];
  const closers = createClosers();
  closers.add(() => ended.push('early'));
  const closing = closers.close();
  expect(closers.closing).toBe(true);
  closers.add(() => ended.push('late'));
  await closing;
  await closers.close();
  expect(ended).toEqual(['early', 'late']);
});

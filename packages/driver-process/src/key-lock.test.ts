import { expect, it } from 'vitest';
import { keyLock } from './key-lock.js';

it('runs the work of one key in turn, and that of others beside it', async () => {
  const locked = keyLock();
  const seen: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = locked('a', async () => {
    await gate;
    seen.push('first');
    throw new Error('it failed');
  });
  const second = locked('a', async () => {
    seen.push('second');
    return 2;
  });
  await locked('b', async () => seen.push('other'));
  release();
  await expect(first).rejects.toThrow('it failed');
  expect(await second).toBe(2);
  expect(seen).toEqual(['other', 'first', 'second']);
});

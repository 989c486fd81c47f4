import { expect, it } from 'vitest';
import { withDeadline } from './deadline.js';

const patient = new AbortController().signal;

it('gives the result of work that is done in time', async () => {
  expect(await withDeadline(60_000, patient, async () => 8)).toBe(8);
});

it('gives the error of work that fails', async () => {
  await expect(withDeadline(60_000, patient, () => Promise.reject(new Error('own')))).rejects.toThrow('own');
});

it('gives up on work that is late, and tells it so', async () => {
  let told: AbortSignal | undefined;
  const never = (signal: AbortSignal) => {
    told = signal;
    return new Promise<never>(() => {});
  };
  await expect(withDeadline(1, patient, never)).rejects.toMatchObject({ code: 'timeout' });
  expect(told?.aborted).toBe(true);
});

it('passes on that the caller went away', async () => {
  const caller = new AbortController();
  caller.abort();
  expect(await withDeadline(60_000, caller.signal, async (signal) => signal.aborted)).toBe(true);
});

import { describe, expect, it } from 'vitest';
import { memoryClock } from '../memory/memory-clock.js';
import { memoryDriver } from '../memory/memory-driver.js';
import type { ContainerDriver } from '../ports/driver.js';
import { guardDriver } from './guard-driver.js';

const never = new AbortController().signal;

function guarded(change: Partial<ContainerDriver>, concurrency = 2) {
  const clock = memoryClock();
  const calls: string[] = [];
  const driver: ContainerDriver = { ...memoryDriver({ clock }), ...change };
  const guard = guardDriver(driver, {
    clock,
    callTimeoutMs: 1_000,
    createTimeoutMs: 5_000,
    concurrency,
    onCall: (operation, error) => calls.push(`${operation} ${error?.code ?? 'ok'}`),
  });
  return { clock, guard, calls };
}

describe('guardDriver', () => {
  it('gives up a call that does not listen to its signal, as a timeout', async () => {
    const { clock, guard, calls } = guarded({ list: () => new Promise(() => undefined) });
    const listed = guard.list({ owner: 'o' }, { signal: never });
    listed.catch(() => undefined);
    await clock.advance(1_000);
    await expect(listed).rejects.toMatchObject({ code: 'timeout', operation: 'memory.list', retryable: true });
    expect(calls).toEqual(['list timeout']);
    expect(clock.pending()).toBe(0);
  });

  it('makes one class of whatever a driver throws, with the original as its cause', async () => {
    const raw = new Error('socket hang up');
    const { guard } = guarded({ list: () => Promise.reject(raw) });
    await expect(guard.list({ owner: 'o' }, { signal: never })).rejects.toMatchObject({ code: 'internal', cause: raw });
  });

  it('an aborted call is cancelled, whatever the driver says', async () => {
    const { guard } = guarded({ list: () => Promise.reject(new Error('some other words')) });
    const abort = new AbortController();
    abort.abort();
    await expect(guard.list({ owner: 'o' }, { signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('closes the driver once, and calls after it are cancelled', async () => {
    let closed = 0;
    const { guard } = guarded({
      close: async () => {
        closed += 1;
      },
    });
    await Promise.all([guard.close(), guard.close()]);
    expect(closed).toBe(1);
    await expect(guard.list({ owner: 'o' }, { signal: never })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('lets only so many changes be under way at once', async () => {
    let now = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const park = () =>
      new Promise<void>((resolve) => {
        now += 1;
        most = Math.max(most, now);
        ends.push(() => {
          now -= 1;
          resolve();
        });
      });
    const { guard, clock } = guarded({ park }, 2);
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => guard.park?.(name, 'stop', { owner: 'o', signal: never }));
    for (let turn = 0; turn < 5; turn += 1) {
      await clock.advance(1);
      ends.shift()?.();
    }
    await clock.advance(1);
    await Promise.all(all);
    expect(most).toBe(2);
  });

  it('refuses a driver of another contract', () => {
    expect(() => guarded({ contract: 2 as never })).toThrow(/contract 2/);
  });
});

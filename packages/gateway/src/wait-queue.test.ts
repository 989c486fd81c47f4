import { describe, expect, it } from 'vitest';
import { waitQueue } from './wait-queue.js';

const never = { timeoutMs: 3_600_000, onGone: () => () => undefined };

describe('waitQueue', () => {
  it('wakes all who wait', async () => {
    const queue = waitQueue(10);
    const waits = [queue.wait(never), queue.wait(never)];
    expect(queue.size).toBe(2);
    queue.wake();
    expect(await Promise.all(waits)).toEqual(['changed', 'changed']);
    expect(queue.size).toBe(0);
  });

  it('turns away beyond its limit, and everybody once closed', async () => {
    const queue = waitQueue(1);
    const first = queue.wait(never);
    expect(await queue.wait(never)).toBe('full');
    queue.close();
    expect([await first, await queue.wait(never)]).toEqual(['closed', 'closed']);
  });

  it('ends a wait by its time and by its client', async () => {
    const queue = waitQueue(10);
    expect(await queue.wait({ ...never, timeoutMs: 1 })).toBe('timeout');
    let leave: () => void = () => undefined;
    let forgotten = 0;
    const wait = queue.wait({
      ...never,
      onGone(listener) {
        leave = listener;
        return () => {
          forgotten += 1;
        };
      },
    });
    leave();
    leave();
    expect([await wait, queue.size, forgotten]).toEqual(['gone', 0, 1]);
  });
});

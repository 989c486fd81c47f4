import { describe, expect, it } from 'vitest';
import { callRunner } from './call-runner.js';

const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
const call = (signal = new AbortController().signal) => ({ operation: 'driver.list', action: 'Cannot list', signal });

describe('callRunner', () => {
  it('gives results through, and failures as errors of ours', async () => {
    const runner = callRunner('/run/engine.sock');
    expect(await runner.run(call(), async () => 7)).toBe(7);
    const broken = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    await expect(runner.run(call(), () => Promise.reject(broken))).rejects.toMatchObject({
      code: 'unavailable',
      operation: 'driver.list',
      message: expect.stringContaining('/run/engine.sock'),
    });
  });

  it('ends a call with its caller, before and while it runs', async () => {
    const runner = callRunner('x');
    await expect(runner.run(call(AbortSignal.abort()), never)).rejects.toMatchObject({ code: 'cancelled' });
    const controller = new AbortController();
    const running = runner.run(call(controller.signal), never);
    controller.abort(new DOMException('late', 'TimeoutError'));
    await expect(running).rejects.toMatchObject({ code: 'timeout' });
  });

  it('cancels what runs when it is closed, and refuses what comes after', async () => {
    const runner = callRunner('x');
    const running = runner.run(call(), never);
    runner.close();
    runner.close();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await expect(runner.run(call(), async () => 1)).rejects.toMatchObject({ code: 'cancelled' });
    await expect(runner.stream({ ...call(), follow: true }, async function* () {}).next()).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(runner.closed).toBe(true);
  });

  it('lets a follower end quietly by its signal, and tells a reader that it was cut off', async () => {
    async function* lines(signal: AbortSignal) {
      yield 'one';
      await never(signal);
    }
    for (const follow of [true, false]) {
      const controller = new AbortController();
      const stream = callRunner('x').stream({ ...call(controller.signal), follow }, lines);
      expect((await stream.next()).value).toBe('one');
      const next = stream.next();
      controller.abort();
      if (follow) expect(await next).toEqual({ done: true, value: undefined });
      else await expect(next).rejects.toMatchObject({ code: 'cancelled' });
    }
  });
});

import { describe, expect, it } from 'vitest';
import { MoorageError } from '../errors.js';
import { createActionRunner } from './action-runner.js';
import type { ActionHandler } from './agent-action.js';

function setUp(actions: Record<string, ActionHandler>, limits: { concurrency?: number; timeoutMs?: number } = {}) {
  const done: string[] = [];
  const lines: string[] = [];
  const { concurrency = 2, timeoutMs } = limits;
  const onDone = (action: string) => done.push(action);
  const runner = createActionRunner({ actions, concurrency, timeoutMs, onDone, log: (line) => lines.push(line) });
  const caller = new AbortController();
  const run = (action: string, params = {}) => runner.run(action, params, { id: 1, signal: caller.signal });
  return { runner, run, caller, done, lines };
}

/** An action that ends when it is told to. */
function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, wait: () => opened };
}

const untilAborted: ActionHandler = (_, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

describe('createActionRunner', { timeout: 60_000 }, () => {
  it('gives the result, null for none, and tells what is done', async () => {
    const { run, done } = setUp({ echo: (params) => params, nothing: () => undefined });
    expect(await run('echo', { a: 1 })).toMatchObject({ result: { a: 1 } });
    expect(await run('nothing')).toMatchObject({ result: null });
    expect(done).toEqual(['echo', 'nothing']);
  });

  it.each(['missing', 'toString', '__proto__'])('has no action %s', async (name) => {
    await expect(setUp({ echo: () => 1 }).run(name)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('it has echo'),
    });
  });

  it('refuses one more than it may work on, and tells its load', async () => {
    const { open, wait } = gate();
    const { runner, run } = setUp({ wait });
    const running = [run('wait'), run('wait')];
    expect(runner.load()).toBe(1);
    await expect(run('wait')).rejects.toMatchObject({
      code: 'resource_exhausted',
      retryable: true,
      context: { limit: 2 },
    });
    open();
    await Promise.all(running);
    expect(runner.load()).toBe(0);
  });

  it('ends an action that takes too long, and counts it until it has really ended', async () => {
    const { open, wait } = gate();
    const { runner, run, done } = setUp({ wait }, { timeoutMs: 5 });
    await expect(run('wait')).rejects.toMatchObject({ code: 'timeout', context: { limit: 5 } });
    expect(runner.load()).toBe(0.5);
    open();
    await expect.poll(() => runner.load(), { timeout: 20_000 }).toBe(0);
    expect(done).toEqual([]);
  });

  it('tells an action that its caller has left, or that the agent ends', async () => {
    const left = setUp({ untilAborted });
    const first = left.run('untilAborted');
    left.caller.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    const ended = setUp({ untilAborted });
    const second = ended.run('untilAborted');
    ended.runner.abort();
    await expect(second).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('logs what is no error of ours, reports it as it was thrown, and bills nothing', async () => {
    const { runner, run, done, lines } = setUp({
      broken: () => {
        throw new TypeError('boom');
      },
      refused: () => {
        throw new MoorageError('conflict', 'later');
      },
    });
    await expect(run('broken')).rejects.toThrow('boom');
    await expect(run('refused')).rejects.toMatchObject({ code: 'conflict' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('The action "broken" failed: TypeError: boom');
    expect(done).toEqual([]);
    expect(runner.load()).toBe(0);
  });
});

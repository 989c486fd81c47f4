import { describe, expect, it } from 'vitest';
import { memoryClock } from '../memory/memory-clock.js';
import { createWorkQueue } from './work-queue.js';

/** Work that goes on until the test ends it, by id. */
function rig(concurrency: number) {
  const clock = memoryClock();
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = createWorkQueue({
    clock,
    concurrency,
    work: (id) =>
      new Promise((resolve) => {
        started.push(id);
        ends.set(id, resolve);
      }),
  });
  return { clock, queue, started, end: (id: string) => ends.get(id)?.() };
}

describe('createWorkQueue', () => {
  it('never works on one id twice at once, and works on it again when it was added meanwhile', async () => {
    const { queue, started, end, clock } = rig(4);
    queue.add('a', 't');
    queue.add('a', 't');
    queue.add('a', 't');
    expect(started).toEqual(['a']);
    end('a');
    await clock.advance(0);
    expect(started).toEqual(['a', 'a']);
    end('a');
    await clock.advance(0);
    expect(started).toEqual(['a', 'a']);
  });

  it('lets tenants take turns, however much one of them has', async () => {
    const { queue, started, end, clock } = rig(1);
    for (const id of ['a1', 'a2', 'a3', 'a4']) queue.add(id, 'a');
    queue.add('b1', 'b');
    queue.add('b2', 'b');
    for (let turn = 0; turn < 6; turn += 1) {
      end(started.at(-1) ?? '');
      await clock.advance(0);
    }
    expect(started).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4']);
  });

  it('keeps the earlier of two delays, and an add overtakes both', async () => {
    const { queue, started, clock } = rig(4);
    queue.addAfter('a', 't', 100);
    queue.addAfter('a', 't', 1_000);
    queue.addAfter('b', 't', 1_000);
    queue.add('b', 't');
    expect(started).toEqual(['b']);
    await clock.advance(99);
    expect(started).toEqual(['b']);
    await clock.advance(1);
    expect(started).toEqual(['b', 'a']);
    expect(clock.pending()).toBe(0);
  });

  it('close waits for what is under way and starts nothing more', async () => {
    const { queue, started, end, clock } = rig(1);
    queue.add('a', 't');
    queue.add('b', 't');
    queue.addAfter('c', 't', 10);
    let closed = false;
    void queue.close().then(() => {
      closed = true;
    });
    await clock.advance(100);
    expect(closed).toBe(false);
    end('a');
    await clock.advance(0);
    expect(closed).toBe(true);
    expect(started).toEqual(['a']);
  });
});

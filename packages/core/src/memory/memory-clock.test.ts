import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryClock } from './memory-clock.js';
import { timerHeap } from './timer-heap.js';

describe('timerHeap', () => {
  it('gives timers back by time, and by sequence among equals', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const heap = timerHeap();
        const timers = times.map((time, sequence) => ({ time, sequence, run: () => {} }));
        for (const timer of timers) heap.push(timer);
        expect(heap.size).toBe(times.length);
        const order = timers.map(() => heap.pop());
        expect(order).toEqual([...timers].sort((a, b) => a.time - b.time || a.sequence - b.sequence));
        expect(heap.pop()).toBe(undefined);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('keeps its order when pushes and pops take turns', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 9 }))), (steps) => {
        const heap = timerHeap();
        let model: { time: number; sequence: number }[] = [];
        steps.forEach((time, sequence) => {
          if (time !== null) {
            heap.push({ time, sequence, run: () => {} });
            model = [...model, { time, sequence }].sort((a, b) => a.time - b.time || a.sequence - b.sequence);
          } else {
            const popped = heap.pop();
            expect(popped && { time: popped.time, sequence: popped.sequence }).toEqual(model.shift());
          }
        });
        expect(heap.size).toBe(model.length);
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});

describe('memoryClock', () => {
  it('runs exactly the timers that fall due, in order, each at its own time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50)), fc.nat(60), fc.nat(60), async (delays, first, second) => {
        const clock = memoryClock(1000);
        const ran: { index: number; at: number }[] = [];
        delays.forEach((delay, index) => {
          clock.setTimer(delay, () => ran.push({ index, at: clock.monotonic() }));
        });
        await clock.advance(first);
        await clock.advance(second);
        const due = delays
          .map((at, index) => ({ index, at }))
          .filter(({ at }) => at <= first + second)
          .sort((a, b) => a.at - b.at || a.index - b.index);
        expect(ran).toEqual(due);
        expect(clock.pending()).toBe(delays.length - due.length);
        expect(clock.monotonic()).toBe(first + second);
        expect(clock.now()).toBe(1000 + first + second);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('runs timers that timers set, within the same advance', async () => {
    const clock = memoryClock();
    const at: number[] = [];
    const again = (): void => {
      at.push(clock.monotonic());
      clock.setTimer(10, again);
    };
    clock.setTimer(10, again);
    await clock.advance(35);
    expect(at).toEqual([10, 20, 30]);
  });

  it('works promises off between two timers', async () => {
    const clock = memoryClock();
    const order: string[] = [];
    const long = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      order.push('promises of the first');
    };
    clock.setTimer(5, () => void long());
    clock.setTimer(5, () => order.push('second'));
    await clock.advance(5);
    expect(order).toEqual(['promises of the first', 'second']);
  });

  it('does not run what was cancelled', async () => {
    const clock = memoryClock();
    const ran: number[] = [];
    const cancel = clock.setTimer(1, () => ran.push(1));
    clock.setTimer(2, () => ran.push(2));
    cancel();
    cancel();
    expect(clock.pending()).toBe(1);
    await clock.advance(10);
    expect(ran).toEqual([2]);
  });

  it('jumps its wall clock without moving monotonic time or timers', async () => {
    const clock = memoryClock(0);
    let ran = false;
    clock.setTimer(100, () => {
      ran = true;
    });
    clock.jumpWall(-3_600_000);
    expect(clock.now()).toBe(-3_600_000);
    expect(clock.monotonic()).toBe(0);
    await clock.advance(99);
    expect(ran).toBe(false);
    await clock.advance(1);
    expect(ran).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryClock } from '../memory/memory-clock.js';
import { detached, timerWheel, type WheelEntry } from './timer-wheel.js';

interface Named extends WheelEntry {
  readonly name: string;
}
const entry = (name: string): Named => ({ name, dueMs: 0, slot: detached, previous: undefined, next: undefined });

function setUp(onDue: (entry: Named) => void = () => undefined) {
  const clock = memoryClock();
  const fired: [string, number][] = [];
  const wheel = timerWheel<Named>({
    clock,
    onDue(due) {
      fired.push([due.name, clock.monotonic()]);
      onDue(due);
    },
  });
  return { clock, wheel, fired };
}

describe('timerWheel', () => {
  it('fires each entry once, at the first tick at or after its time', async () => {
    const { clock, wheel, fired } = setUp();
    wheel.schedule(entry('b'), 42);
    wheel.schedule(entry('a'), 10);
    wheel.schedule(entry('past'), -5);
    await clock.advance(1_000);
    expect(fired).toEqual([
      ['past', 5],
      ['a', 10],
      ['b', 45],
    ]);
  });

  it('keeps what is due after more than one turn of the wheel', async () => {
    const { clock, wheel, fired } = setUp();
    wheel.schedule(entry('far'), 3_600_000);
    await clock.advance(3_599_999);
    expect(fired).toEqual([]);
    await clock.advance(1);
    expect(fired).toEqual([['far', 3_600_000]]);
  });

  it('needs one timer of the clock for any number of entries, and none when idle', async () => {
    const { clock, wheel } = setUp();
    for (let index = 0; index < 500; index += 1) wheel.schedule(entry(`e${index}`), index * 37);
    expect(clock.pending()).toBe(1);
    await clock.advance(500 * 37);
    expect(clock.pending()).toBe(0);
  });

  it('can be cancelled and rescheduled, also from the turn in which it is due', async () => {
    const later = entry('later');
    const gone = entry('gone');
    const moved = entry('moved');
    const { clock, wheel, fired } = setUp((due) => {
      if (due.name !== 'first') return;
      wheel.cancel(gone);
      wheel.schedule(moved, 500);
    });
    // Entries of one slot fire last in, first out.
    for (const item of [gone, moved, entry('first')]) wheel.schedule(item, 50);
    wheel.schedule(later, 60);
    wheel.schedule(later, 90);
    await clock.advance(1_000);
    expect(fired).toEqual([
      ['first', 50],
      ['later', 90],
      ['moved', 500],
    ]);
  });

  it('starts again after a long idle time, and stops for good when closed', async () => {
    const { clock, wheel, fired } = setUp();
    await clock.advance(1_000_000);
    wheel.schedule(entry('late'), 1_000_100);
    await clock.advance(200);
    wheel.schedule(entry('never'), 1_000_300);
    wheel.close();
    wheel.schedule(entry('closed'), 1_000_300);
    await clock.advance(60_000);
    expect(fired).toEqual([['late', 1_000_100]]);
  });

  it('agrees with a sorted list for any schedule', async () => {
    const dueTimes = fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(dueTimes, async (due) => {
        const { clock, wheel, fired } = setUp();
        for (const [index, dueMs] of due.entries()) wheel.schedule(entry(String(index)), dueMs);
        await clock.advance(40_010);
        const byName = new Map(fired);
        expect(fired).toHaveLength(due.length);
        for (const [index, dueMs] of due.entries()) expect(byName.get(String(index))).toBe(Math.ceil(dueMs / 5) * 5);
      }),
      { seed: 5, numRuns: 100 },
    );
  });
});

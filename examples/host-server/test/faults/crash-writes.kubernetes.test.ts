import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WriterWorld, writerWorld } from './support/cluster-writes.js';
import { longTest } from './support/patience.js';

/** Cases at once. */
const width = 4;

let world: WriterWorld;
beforeAll(async () => {
  world = await writerWorld();
});
afterAll(() => world?.close());

/** Fewest writes that there must be: else it is not what this test is about. */
const atLeast = { deploy: 8, update: 2, remove: 5 } as const;

describe('a host on a cluster that is killed between two writes', () => {
  it.each(['deploy', 'update', 'remove'] as const)(
    'of a %s: the next start brings it to its end',
    longTest,
    async (action) => {
      const { writes, inventory } = await world.whole(action);
      expect(writes).toBeGreaterThanOrEqual(atLeast[action]);
      const places = Array.from({ length: writes }, (_, index) => index);
      const whole: number[] = [];
      await someAtOnce(places, async (count) => {
        const killed = await world.killed(action, count, inventory).catch((cause) => {
          throw new Error(`${action}, killed after ${count} of ${writes} writes: ${String(cause)}`, { cause });
        });
        if (!killed) whole.push(count);
      });
      // A deletion may be asked for once more by the run that counted: its last write alone need not come again.
      expect(whole).toEqual(action === 'remove' && whole.length > 0 ? [writes - 1] : []);
    },
  );

  it('of a deploy that is not wanted any more: what there is of it goes', longTest, async () => {
    await someAtOnce([1, 2, 3, 5, 7], async (count) => {
      await world.unwanted(count).catch((cause) => {
        throw new Error(`deploy, killed after ${count} writes: ${String(cause)}`, { cause });
      });
    });
  });

  it('leaves nothing', longTest, async () => {
    await world.nothingLeft();
  });
});

/** Waits for all of them, and rejects with the first failure. */
async function someAtOnce(items: readonly number[], work: (item: number) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  const rest = [...items];
  const line = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      await work(item).catch((thrown) => failures.push(thrown));
    }
  };
  await Promise.all(Array.from({ length: width }, line));
  if (failures.length > 0)
    throw failures.length === 1 ? failures[0] : new AggregateError(failures, failures.join('\n'));
}

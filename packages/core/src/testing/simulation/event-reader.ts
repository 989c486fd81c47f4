import type { Random } from '../../ports/random.js';
import type { SimHost, SimWorld } from './sim-world.js';
import { pick } from './user-operations.js';

/**
 * A client that reads the events by one cursor, from whichever host it likes: it has to get each one once, in order.
 */
export interface EventReader {
  /** Reads what is new from a random host, if the last reading has ended. */
  read(random: Random): void;
  /** Reads to the end; told when all of them came. */
  finish(host: SimHost): Promise<void>;
  forget(): void;
}

export function createEventReader(world: SimWorld): EventReader {
  let cursor: string | undefined;
  let count = 0;
  let reading: { readonly from: SimHost } | undefined;

  const take = async (from: SimHost) => {
    const mine = { from };
    reading = mine;
    try {
      for await (const event of from.host.events({ after: cursor ?? 'start', once: true })) {
        // The connection is gone, and another host is asked meanwhile.
        if (reading !== mine) return;
        const expected = world.store.inside.events.items[count];
        if (event.cursor !== expected?.cursor) {
          world.report(
            'I11',
            `A reader at ${from.life.name} gets event ${event.cursor} where ${expected?.cursor} comes next`,
          );
        }
        cursor = event.cursor;
        count += 1;
      }
    } catch {
      // The host could not read: the client asks another one, from the same cursor.
    } finally {
      if (reading === mine) reading = undefined;
    }
  };

  return {
    read(random) {
      if (reading && !reading.from.life.over) return;
      const host = pick(random, world.hosts);
      if (host) void take(host);
    },
    async finish(host) {
      await take(host);
      const all = world.store.inside.events.items.length;
      if (count < all) world.report('I11', `A reader of all events has got ${count} of ${all}`);
    },
    forget() {
      cursor = undefined;
      count = 0;
      reading = undefined;
    },
  };
}

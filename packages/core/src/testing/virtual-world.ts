import { createHost } from '../create-host.js';
import type { Host, HostOptions } from '../host-types.js';
import { type MemoryClock, memoryClock } from '../memory/memory-clock.js';
import { memoryDriver } from '../memory/memory-driver.js';
import { type MemoryEngine, memoryEngine } from '../memory/memory-engine.js';
import { type MemoryFrontDoor, memoryFrontDoor } from '../memory/memory-front-door.js';
import { memorySecrets } from '../memory/memory-secrets.js';
import { type MemoryStore, memoryStore } from '../memory/memory-store.js';
import { seededRandom } from '../memory/seeded-random.js';
import type { Clock } from '../ports/clock.js';
import type { Store } from '../ports/store.js';

/**
 * One engine and one store on a virtual clock, which hosts may come to and go from: what a test of whole hosts stands
 * on.
 */
export interface VirtualWorld {
  readonly clock: MemoryClock;
  readonly engine: MemoryEngine;
  /** The data; each host gets a handle of its own. */
  readonly store: MemoryStore;
  /** Starts a host on this engine and store; time moves on while it starts. */
  host(options?: HostOptions): Promise<VirtualHost>;
  /**
   * Moves time until the promise settles, `limitMs` at most. Errors: what the promise rejects with, or that it did not
   * settle.
   */
  settle<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
}

export interface VirtualHost {
  readonly host: Host;
  readonly door: MemoryFrontDoor;
  /** Ends it as `kill -9` does: nothing it had under way goes on, nothing is told to anybody. */
  kill(): void;
}

export function virtualWorld(options: { readonly seed?: number | undefined } = {}): VirtualWorld {
  const clock = memoryClock();
  const random = seededRandom(options.seed ?? 1);
  const engine = memoryEngine({ clock, random });
  const store = memoryStore({ clock, random });
  const secrets = memorySecrets();

  const settle = async <T>(promise: Promise<T>, limitMs = 600_000): Promise<T> => {
    let done = false;
    const watched = promise.finally(() => {
      done = true;
    });
    watched.catch(() => undefined);
    const until = clock.monotonic() + limitMs;
    while (!done) {
      await clock.advance(10);
      if (clock.monotonic() > until) throw new Error(`Nothing came of it within ${limitMs} ms of virtual time`);
    }
    return watched;
  };

  return {
    clock,
    engine,
    store,
    settle,
    async host(given = {}) {
      const life = { over: false };
      const door = memoryFrontDoor({ clock });
      const made = createHost({
        driver: mortal(memoryDriver({ engine }), life),
        store: mortal<Store>(store.open(), life),
        transport: memoryDriver({ engine }).transport,
        frontDoor: door,
        clock: mortalClock(clock, life),
        random: seededRandom(Math.floor(random.next() * 2 ** 31)),
        secrets,
        ...given,
      });
      const host = await settle(made);
      return {
        host,
        door,
        kill() {
          life.over = true;
        },
      };
    },
  };
}

interface Life {
  over: boolean;
}

/** An object whose methods never answer once the life of its host is over: neither before nor after their effect. */
function mortal<T extends object>(target: T, life: Life): T {
  const copy: Record<string, unknown> = { ...(target as Record<string, unknown>) };
  for (const [key, value] of Object.entries(copy)) {
    if (typeof value !== 'function') continue;
    copy[key] = (...args: unknown[]) => {
      if (life.over) return new Promise(() => undefined);
      const result: unknown = Reflect.apply(value, target, args);
      return result instanceof Promise ? result.then((x) => untilDeath(life, x)) : result;
    };
  }
  return copy as T;
}

function untilDeath<T>(life: Life, value: T): T | Promise<T> {
  return life.over ? new Promise<T>(() => undefined) : value;
}

function mortalClock(clock: Clock, life: Life): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (delayMs, run) => clock.setTimer(delayMs, () => (life.over ? undefined : run())),
  };
}

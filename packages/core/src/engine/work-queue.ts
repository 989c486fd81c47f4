import type { Clock } from '../ports/clock.js';
import { createDelays } from './delays.js';
import { createFairLines } from './fair-lines.js';

/**
 * Ids that have to be looked at. One id is never worked on twice at once, an id that waits is kept once, tenants take
 * turns. It does not decide what the work is.
 */
export interface WorkQueue {
  /** As soon as there is room; again after the present turn when it is being worked on. */
  add(id: string, tenant: string): void;
  /** After `delayMs`; an earlier time that is set already stays. */
  addAfter(id: string, tenant: string, delayMs: number): void;
  /** Forgets what waits for this id. */
  forget(id: string): void;
  /** Ids waiting or being worked on now; delayed ones are not counted. */
  size(): number;
  /** Resolves when nothing is waiting and nothing is under way. */
  idle(): Promise<void>;
  /** Takes no more; resolves when what is under way has ended. */
  close(): Promise<void>;
}

export function createWorkQueue(options: {
  readonly clock: Clock;
  readonly concurrency: number;
  /** Must not reject. */
  readonly work: (id: string, tenant: string) => Promise<void>;
}): WorkQueue {
  const waiting = createFairLines();
  const active = new Map<string, { again: boolean }>();
  const delays = createDelays(options.clock);
  let idlers: (() => void)[] = [];
  let closed = false;

  const pump = () => {
    while (!closed && active.size < options.concurrency) {
      const found = waiting.next();
      if (!found) break;
      const { id, tenant } = found;
      const turn = { again: false };
      active.set(id, turn);
      void options.work(id, tenant).finally(() => {
        active.delete(id);
        if (turn.again) add(id, tenant);
        pump();
        tellIdle();
      });
    }
  };

  const tellIdle = () => {
    if (active.size > 0 || (!closed && waiting.size() > 0)) return;
    for (const resolve of idlers.splice(0)) resolve();
  };

  const add = (id: string, tenant: string) => {
    if (closed) return;
    delays.cancel(id);
    const turn = active.get(id);
    if (turn) {
      turn.again = true;
      return;
    }
    waiting.add(id, tenant);
    pump();
  };

  const addAfter = (id: string, tenant: string, delayMs: number) => {
    if (!closed && !waiting.has(id)) delays.set(id, delayMs, () => add(id, tenant));
  };

  const idle = () =>
    active.size === 0 && waiting.size() === 0
      ? Promise.resolve()
      : new Promise<void>((resolve) => idlers.push(resolve));

  return {
    add,
    addAfter,
    forget: (id) => delays.cancel(id),
    size: () => waiting.size() + active.size,
    idle,
    async close() {
      closed = true;
      delays.clear();
      waiting.clear();
      if (active.size > 0) await new Promise<void>((resolve) => idlers.push(resolve));
      idlers = [];
    },
  };
}

import { MoorageError } from '@moorage/protocol/base';
import type { EventsOptions } from '../host-types.js';
import type { HostEvent, HostEventType } from '../model/events.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Store } from '../ports/store.js';
import { createEventListeners } from './event-listeners.js';
import { createSleepers, type Sleepers } from './sleepers.js';

/** How long a reader waits for a wake-up before it looks by itself: hints may be lost. */
const pollMs = 1_000;
const pageSize = 500;

/**
 * Owns the reading of events: from the store only, so that it is complete and in order whoever committed them; wake-ups
 * are hints. Nothing is kept here for a slow reader.
 */
export interface EventFeed {
  /** Something was committed, here (with the cursor of its last event) or by another host. */
  wake(cursor?: string): void;
  on(type: HostEventType | '*', listener: (event: HostEvent) => void): () => void;
  read(options?: EventsOptions): AsyncIterable<HostEvent>;
  close(): void;
}

export function createEventFeed(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The newest cursor when the host started: listeners miss nothing from there on. */
  readonly from: string;
}): EventFeed {
  const { store, clock, logger } = deps;
  const closing = new AbortController();
  const sleepers = createSleepers(clock);
  const listeners = createEventListeners(logger);
  let pumping: AbortController | undefined;
  let newest = deps.from;

  const read = (options: EventsOptions = {}) => {
    const signals = [closing.signal, ...(options.signal ? [options.signal] : [])];
    return readEvents(store, sleepers, options, AbortSignal.any(signals));
  };

  const pump = async (abort: AbortController, after: string) => {
    let last = after;
    try {
      for await (const event of read({ signal: abort.signal, after })) {
        last = event.cursor;
        listeners.tell(event);
      }
    } catch (thrown) {
      logger.log('warn', 'The events for listeners stopped for a moment', { error: String(thrown) });
      clock.setTimer(pollMs, () => {
        if (!abort.signal.aborted) void pump(abort, last);
      });
    }
  };

  return {
    wake(cursor) {
      newest = cursor ?? newest;
      sleepers.wakeAll();
    },
    read,
    on(type, listener) {
      if (closing.signal.aborted) throw new MoorageError('cancelled', 'The host is closed', { operation: 'host.on' });
      const off = listeners.add(type, listener);
      if (!pumping) {
        pumping = new AbortController();
        void pump(pumping, newest);
      }
      return () => {
        off();
        if (listeners.any()) return;
        pumping?.abort();
        pumping = undefined;
      };
    },
    close() {
      closing.abort();
      pumping?.abort();
      listeners.clear();
    },
  };
}

async function* readEvents(
  store: Store,
  sleepers: Sleepers,
  options: EventsOptions,
  signal: AbortSignal,
): AsyncIterable<HostEvent> {
  const { tenant, deploymentId } = options;
  let after = options.after === 'start' ? undefined : (options.after ?? (await store.latestCursor()));
  while (!signal.aborted) {
    // Registered before the read: what is committed meanwhile wakes the sleeper at once.
    const sleep = options.once ? undefined : sleepers.sleep(pollMs, signal);
    const page = await store.events({ after, tenant, deploymentId, limit: pageSize }).catch((thrown) => {
      sleep?.end();
      throw thrown;
    });
    if (page.items.length > 0) sleep?.end();
    for (const event of page.items) {
      if (signal.aborted) return;
      after = event.cursor;
      yield event;
    }
    if (page.items.length > 0) continue;
    if (!sleep) return;
    await sleep.ended;
  }
}

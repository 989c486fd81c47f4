import type { HealthCheckRecord } from '../model/health.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Store } from '../ports/store.js';

const flushMs = 1_000;
/** Records in one call of the store. */
const batchMax = 5_000;
/** Kept while the store is away; the oldest go first. */
const bufferMax = 20_000;

/** Writes health checks in batches, so that no probe waits for the store. */
export interface HealthRecorder {
  add(record: HealthCheckRecord): void;
  /** Writes what there is now. Does not reject: what could not be written is tried again later. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** One call of the store at a time: one that is slow is not asked by more and more callers at once. */
export function createHealthRecorder(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}): HealthRecorder {
  let buffer: HealthCheckRecord[] = [];
  let running: Promise<void> | undefined;
  let stopTimer: (() => void) | undefined;
  let closed = false;
  let failing = false;

  const write = async () => {
    while (buffer.length > 0) {
      const batch = buffer.slice(0, batchMax);
      buffer = buffer.slice(batchMax);
      try {
        await deps.store.addHealthChecks(batch);
        failing = false;
      } catch (thrown) {
        if (!failing) deps.logger.log('warn', 'Health checks could not be stored', { error: String(thrown) });
        failing = true;
        buffer = [...batch, ...buffer].slice(-bufferMax);
        return;
      }
    }
  };

  const flush = async () => {
    stopTimer?.();
    stopTimer = undefined;
    running ??= write().finally(() => {
      running = undefined;
      arm();
    });
    await running;
  };

  const arm = () => {
    if (!closed && running === undefined && buffer.length > 0) {
      stopTimer ??= deps.clock.setTimer(flushMs, () => void flush());
    }
  };

  return {
    add(record) {
      buffer.push(record);
      // A part at once: to move all the others up for each single one would cost more than the record.
      if (buffer.length > bufferMax + batchMax) buffer = buffer.slice(-bufferMax);
      arm();
    },
    flush,
    async close() {
      closed = true;
      await flush();
      if (!failing) await flush();
    },
  };
}

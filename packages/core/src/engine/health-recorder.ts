import type { HealthCheckRecord } from '../model/health.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Store } from '../ports/store.js';

const flushMs = 1_000;
/** Kept while the store is away; the oldest go first. */
const bufferMax = 20_000;

/** Writes health checks in batches, so that no probe waits for the store. */
export interface HealthRecorder {
  add(record: HealthCheckRecord): void;
  flush(): Promise<void>;
  close(): Promise<void>;
}

export function createHealthRecorder(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}): HealthRecorder {
  let buffer: HealthCheckRecord[] = [];
  let stopTimer: (() => void) | undefined;
  let closed = false;
  let failing = false;

  const flush = async () => {
    stopTimer?.();
    stopTimer = undefined;
    const batch = buffer;
    if (batch.length === 0) return;
    buffer = [];
    try {
      await deps.store.addHealthChecks(batch);
      failing = false;
    } catch (thrown) {
      if (!failing) deps.logger.log('warn', 'Health checks could not be stored', { error: String(thrown) });
      failing = true;
      buffer = [...batch, ...buffer].slice(-bufferMax);
      arm();
    }
  };
  const arm = () => {
    if (!closed) stopTimer ??= deps.clock.setTimer(flushMs, () => void flush());
  };

  return {
    add(record) {
      buffer.push(record);
      if (buffer.length > bufferMax) buffer.shift();
      arm();
    },
    flush,
    async close() {
      closed = true;
      await flush();
    },
  };
}

import pg from 'pg';

/** A connection that listens on a channel and comes back whenever it breaks. */
export interface Listener {
  close(): Promise<void>;
}

const firstRetryMs = 100;
const longestRetryMs = 5_000;

/**
 * Listens from now on until closed. `onListening` is called each time that it begins to listen: what was sent before
 * was not heard.
 */
export function listen(
  config: pg.ClientConfig,
  channel: string,
  onPayload: (payload: string) => void,
  onListening: () => Promise<void>,
): Listener {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let retryMs = firstRetryMs;

  const reconnect = () => {
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, retryMs).unref();
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  };

  const connect = async () => {
    // Nothing is asked for while it listens, so silence is no timeout; keep-alive finds a dead peer.
    const next = new pg.Client({ ...config, query_timeout: 0 });
    client = next;
    next.on('error', () => undefined);
    next.on('end', () => {
      if (client === next) reconnect();
    });
    next.on('notification', ({ payload }) => onPayload(payload ?? ''));
    try {
      await next.connect();
      await next.query(`listen "${channel}"`);
      retryMs = firstRetryMs;
      await onListening();
    } catch {
      await next.end().catch(() => undefined);
      reconnect();
    }
  };

  void connect();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}

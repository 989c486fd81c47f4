import { toMoorageError } from '@moorage/protocol';
import type { WebSocket } from 'ws';

export interface PumpOptions<T> {
  readonly socket: WebSocket;
  readonly items: AsyncIterator<T>;
  readonly render: (item: T) => string;
  /** Lets go of what feeds the items. Called once. */
  readonly stop: () => void;
  /** Between two pings; a peer that has not answered the one before is gone. [15 000] */
  readonly heartbeatMs?: number | undefined;
}

/** Close codes of RFC 6455: the service restarts or fails, and the client may come again with its cursor. */
const closeCodes = { ended: 1000, failed: 1011 } as const;

/**
 * Sends items over a WebSocket, one after the other: the next is read when the last has left the process, so that a
 * slow reader slows the source. Ends when the items do, when the peer goes, or when it answers no ping.
 */
export async function pumpSocket<T>(options: PumpOptions<T>): Promise<void> {
  const { socket, items } = options;
  let answered = true;
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    clearInterval(timer);
    options.stop();
    void Promise.resolve(items.return?.()).catch(() => undefined);
  };
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, options.heartbeatMs ?? 15_000);
  timer.unref?.();
  socket.on('pong', () => {
    answered = true;
  });
  socket.on('close', stop);
  socket.on('error', () => socket.terminate());
  if (socket.readyState !== socket.OPEN) stop();
  try {
    while (!stopped) {
      const step = await items.next();
      if (stopped) break;
      if (step.done) return socket.close(closeCodes.ended);
      await send(socket, options.render(step.value));
    }
  } catch (thrown) {
    if (!stopped) socket.close(closeCodes.failed, toMoorageError(thrown).code);
  } finally {
    stop();
  }
}

function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => socket.send(text, (error) => (error ? reject(error) : resolve())));
}

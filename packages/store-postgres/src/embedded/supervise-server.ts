import { processInfo } from './process-info.js';
import { type RunningServer, runningServer } from './running-server.js';
import { pause, type ServerSettings, send, startServer, stopServer } from './server-process.js';

export interface Supervisor {
  /** Undefined while the server is down. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

const lookMs = 250;
const longestRetryMs = 5_000;

/**
 * Starts the server again, on the same port, when it ends while nobody asked it to; it may be no child of this process,
 * so it is looked at rather than waited for. When this process exits, the server is asked to end with it.
 */
export function superviseServer(settings: ServerSettings, first: RunningServer, restart: boolean): Supervisor {
  let current: RunningServer | undefined = first;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  let retryMs = lookMs;

  const look = async () => {
    const { pid, startedAt } = current?.process ?? { pid: 0, startedAt: '' };
    if ((await processInfo(pid))?.startedAt === startedAt) return;
    current = undefined;
    if (!restart || stopped) return;
    try {
      current = await startServer({ ...settings, isAbandoned: () => stopped }, first.port);
      retryMs = lookMs;
    } catch {
      // Told to every caller of the store by its own calls; here one can only go on trying.
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    }
  };

  const next = () => {
    timer = setTimeout(
      () => {
        round = look().finally(() => {
          if (!stopped) next();
        });
      },
      current ? lookMs : retryMs,
    ).unref();
  };

  const onExit = () => {
    if (current) send(current.process.pid, 'SIGINT');
  };

  process.once('exit', onExit);
  next();
  return {
    pid: () => current?.process.pid,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      process.off('exit', onExit);
      await round;
      // A start that was given up may have left one that is on its way.
      const left = current ?? (await runningServer(settings.data));
      if (left) await stopServer(left);
      current = undefined;
      // Lets the operating system close what the server had open before the folder is given to another.
      await pause(0);
    },
  };
}

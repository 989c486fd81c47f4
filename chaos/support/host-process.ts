import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import type { HostOrder } from './host-order.js';

/** A host process under a service manager: whenever it ends, it is started again. */
export interface HostProcess {
  readonly hostId: string;
  readonly apiUrl: string;
  /** True from its first word on until it ends; a frozen one is ready and silent. */
  ready(): boolean;
  frozen(): boolean;
  /** SIGKILL; started again after `downMs`. False when it is not running at this moment. */
  kill(downMs: number): boolean;
  /** SIGSTOP, and SIGCONT after `forMs`; resolves when it goes on, or is dead. */
  freeze(forMs: number): Promise<boolean>;
  /** SIGKILL for good. */
  end(): Promise<void>;
}

const pauseMs = 300;

/** Starts it. `onEnd` hears of each end that nobody caused, with whether it was ready before. */
export function hostProcess(
  program: string,
  order: HostOrder,
  logFile: string,
  onEnd: (wasReady: boolean, why: string) => void,
): HostProcess {
  const log = openSync(logFile, 'a');
  let child: ChildProcess | undefined;
  let isReady = false;
  let isFrozen = false;
  let doomed: number | undefined;
  let ended = false;
  let whenGone: (() => void) | undefined;
  const start = () => {
    if (ended) return;
    const args = ['--enable-source-maps', program, JSON.stringify(order)];
    const born = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', log] });
    child = born;
    born.stdout?.on('data', () => {
      isReady = true;
    });
    born.on('close', (code, signal) => {
      const wasReady = isReady;
      child = undefined;
      isReady = false;
      isFrozen = false;
      whenGone?.();
      if (doomed === undefined && !ended) onEnd(wasReady, `${order.hostId} ended by itself: ${signal ?? code}`);
      setTimeout(start, doomed ?? pauseMs);
      doomed = undefined;
    });
  };
  start();
  return {
    hostId: order.hostId,
    apiUrl: `http://127.0.0.1:${order.apiPort}`,
    ready: () => isReady,
    frozen: () => isFrozen,
    kill(downMs) {
      if (!child || doomed !== undefined) return false;
      doomed = downMs;
      return child.kill('SIGKILL');
    },
    async freeze(forMs) {
      const victim = child;
      if (!victim || isFrozen || doomed !== undefined) return false;
      victim.kill('SIGSTOP');
      isFrozen = true;
      await new Promise((resolve) => setTimeout(resolve, forMs));
      if (child === victim) {
        victim.kill('SIGCONT');
        isFrozen = false;
      }
      return true;
    },
    async end() {
      ended = true;
      if (!child) return;
      const gone = new Promise<void>((resolve) => {
        whenGone = resolve;
      });
      child.kill('SIGKILL');
      await gone;
    },
  };
}

import type { LogLine } from '../model/incident.js';
import type { LogsCall } from '../ports/driver.js';

/** The lines of one instance. */
export interface MemoryLog {
  write(line: LogLine): void;
  /** The instance has ended: who follows gets the rest and is done. */
  end(): void;
  /** It runs again and may write again. */
  reopen(): void;
  read(call: Pick<LogsCall, 'follow' | 'tail' | 'since' | 'signal'>): AsyncIterable<LogLine>;
}

export function memoryLog(): MemoryLog {
  const lines: LogLine[] = [];
  const waiting = new Set<() => void>();
  let ended = false;

  function wake(): void {
    for (const resume of [...waiting]) resume();
  }

  /** Resolves at the next change or at the abort, whichever comes first. */
  function change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        waiting.delete(resume);
        signal.removeEventListener('abort', resume);
        resolve();
      };
      waiting.add(resume);
      signal.addEventListener('abort', resume);
    });
  }

  return {
    write(line) {
      lines.push(line);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    reopen() {
      ended = false;
    },
    async *read({ follow, tail, since, signal }) {
      const there = lines.filter((line) => since === undefined || (line.at ?? since) >= since);
      let next = lines.length;
      const first = tail === undefined ? 0 : Math.max(0, there.length - tail);
      for (const line of there.slice(first)) {
        if (signal.aborted) return;
        yield { ...line };
      }
      while (follow && !signal.aborted) {
        const line = lines[next];
        if (line !== undefined) {
          next += 1;
          yield { ...line };
        } else if (ended) return;
        else await change(signal);
      }
    },
  };
}

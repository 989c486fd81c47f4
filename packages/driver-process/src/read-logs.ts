import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine, LogsCall } from '@moorage/core/driver';
import { observe } from './instance-processes.js';
import { findOwned } from './park-instance.js';
import type { Parts } from './parts.js';
import { pause } from './pause.js';

const operation = 'driver.logs';
const followMs = 100;

/** Lines of one instance, oldest first; with `follow` until the instance has ended and all of it is read. */
export async function* readLogs(
  parts: Parts,
  name: string,
  call: LogsCall,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const files = await findOwned(parts, call.owner, name, operation);
  const segments = segmentReader(files.folder);
  const wanted = (line: LogLine) => call.since === undefined || (line.at ?? 0) >= call.since;
  try {
    let ended = await hasEnded(parts, call.owner, name);
    const there: LogLine[] = [];
    for await (const row of segments.drain()) {
      const line = toLine(name, row);
      if (!line || !wanted(line)) continue;
      if (call.tail === undefined) yield line;
      // Cut now and then: taking one off the front each time would move all the others.
      else if (there.push(line) > 2 * call.tail + 100) there.splice(0, there.length - call.tail);
    }
    if (call.tail !== undefined) yield* there.slice(Math.max(0, there.length - call.tail));
    while (call.follow && !ended && !signal.aborted) {
      await pause(followMs, signal, operation).catch(() => {});
      // Asked before the rest is read, so that what was written up to the end is in it.
      ended = await hasEnded(parts, call.owner, name);
      for await (const row of segments.drain()) {
        if (signal.aborted) return;
        const line = toLine(name, row);
        if (line && wanted(line)) yield line;
      }
    }
  } finally {
    await segments.close();
  }
}

/** A removed instance has ended too. An engine that is out of reach rejects. */
async function hasEnded(parts: Parts, owner: string, name: string): Promise<boolean> {
  await parts.folder.engine();
  const files = await parts.folder.read(name);
  if (files?.record.owner !== owner) return true;
  const state = (await observe(parts, files))?.state;
  return state === undefined || state === 'exited';
}

/** One row of a log file; undefined for one that a crash cut short. */
export function toLine(instance: string, row: string): LogLine | undefined {
  try {
    const { t, s, x } = JSON.parse(row) as { t: number; s: string; x: string };
    return { instance, stream: s === 'e' ? 'stderr' : 'stdout', at: t, text: x };
  } catch {
    return undefined;
  }
}

/** Reads the numbered log files of a folder in their order, going on where the last `drain` ended. */
function segmentReader(folder: string) {
  let number = 0;
  let file: FileHandle | undefined;
  let rest = Buffer.alloc(0);

  async function numbers(): Promise<readonly number[]> {
    const names = await readdir(folder).catch(() => []);
    const found = names.flatMap((name) => Number(/^log-(\d+)\.jsonl$/.exec(name)?.[1] ?? []));
    return found.filter((one) => one > number).sort((a, b) => a - b);
  }

  /** The next file that is there; one may be deleted for its age at any moment. */
  async function advance(): Promise<boolean> {
    for (const next of await numbers()) {
      const opened = await open(join(folder, `log-${next}.jsonl`)).catch(() => undefined);
      if (!opened) continue;
      await file?.close();
      file = opened;
      number = next;
      rest = Buffer.alloc(0);
      return true;
    }
    return false;
  }

  async function* rows(): AsyncGenerator<string> {
    const chunk = Buffer.alloc(64 * 1024);
    for (;;) {
      const { bytesRead } = (await file?.read(chunk, 0, chunk.length)) ?? { bytesRead: 0 };
      if (bytesRead === 0) return;
      const all = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      const end = all.lastIndexOf(0x0a);
      rest = Buffer.from(all.subarray(end + 1));
      if (end >= 0) yield* all.toString('utf8', 0, end).split('\n');
    }
  }

  return {
    async *drain(): AsyncGenerator<string> {
      for (;;) {
        // The next file is begun after the last byte of this one: look for it first, then read this one to its end.
        const more = (await numbers()).length > 0;
        yield* rows();
        if (!more || !(await advance())) return;
      }
    },
    close: async () => {
      await file?.close();
      file = undefined;
    },
  };
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ProcessRow, ProcessTable } from './process-table.js';

const run = promisify(execFile);
// One option for each column: BSD reads all that follows a "=" as a heading.
const columns = ['pid', 'pgid', 'rss', 'stat', 'time', 'lstart'].flatMap((column) => ['-o', `${column}=`]);

/**
 * Asks `ps`, for systems without `/proc`. The start time there is a full date, so it tells one boot from another by
 * itself.
 */
export function psProcessTable(): ProcessTable {
  const ask = async (which: readonly string[]): Promise<readonly PsRow[]> => {
    try {
      // One zone and one language, so that a start time reads the same whoever asks.
      const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC0' };
      const { stdout } = await run('ps', [...which, ...columns], { env, maxBuffer: 16 * 1024 * 1024 });
      return stdout.split('\n').flatMap((line) => parsePsLine(line) ?? []);
    } catch (error) {
      // `ps` ends with 1 and no output when there is no such process.
      if ((error as { code?: unknown }).code === 1) return [];
      throw error;
    }
  };
  return {
    boot: async () => 'ps',
    find: async (pid) => (await ask(['-p', String(pid)]))[0],
    all: () => ask(['-A']),
    memoryBytes: async (pid) => (await ask(['-p', String(pid)]))[0]?.memoryBytes,
    variable: async () => undefined,
  };
}

interface PsRow extends ProcessRow {
  readonly memoryBytes: number;
}

/** One line of `ps`; undefined for a zombie and for what is no line of it. */
export function parsePsLine(line: string): PsRow | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(?:(\d+)-)?([\d:.]+)\s+(\S.*\S)\s*$/.exec(line);
  if (!match) return undefined;
  const [, pid, group, kibibytes, state = '', days, clock = '', start = ''] = match;
  if (state.startsWith('Z')) return undefined;
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days ?? 0) * 86_400;
  return {
    pid: Number(pid),
    group: Number(group),
    session: undefined,
    suspended: state.startsWith('T'),
    start: start.replaceAll(/\s+/g, ' '),
    cpuMs: Math.round(seconds * 1000),
    memoryBytes: Number(kibibytes) * 1024,
  };
}

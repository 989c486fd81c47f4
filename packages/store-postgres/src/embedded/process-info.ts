import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process that is there now. */
export interface ProcessInfo {
  readonly pid: number;
  /**
   * When it began, in whatever form the system tells it: equal for the same process, another for the next of this
   * number.
   */
  readonly startedAt: string;
  readonly command: string;
}

/** Undefined when no process of that number runs; one that has ended and was not collected yet counts as gone. */
export async function processInfo(pid: number): Promise<ProcessInfo | undefined> {
  if (!Number.isInteger(pid) || pid < 1) return undefined;
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

async function fromProc(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const [stat, command, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    ]);
    // The name in brackets may hold anything; the fields after it are plain. Field 3 is the state, 22 the start in
    // ticks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return { pid, startedAt: `${boot.trim()}/${fields[19] ?? ''}`, command: command.replaceAll('\0', ' ').trim() };
  } catch {
    return undefined;
  }
}

async function fromPs(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=,command=', '-p', String(pid)]);
    // State, then five words of date and time.
    const words = stdout.trim().split(/\s+/);
    if (words.length < 7 || words[0]?.startsWith('Z')) return undefined;
    return { pid, startedAt: words.slice(1, 6).join(' '), command: words.slice(6).join(' ') };
  } catch {
    return undefined;
  }
}

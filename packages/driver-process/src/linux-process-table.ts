import { readdir, readFile, readlink } from 'node:fs/promises';
import type { ProcessRow, ProcessTable } from './process-table.js';

/** `/proc` counts CPU time in these; the kernel's interface to user space has fixed it at 100 a second. */
const ticksPerSecond = 100;

/** Reads `/proc`. */
export function linuxProcessTable(): ProcessTable {
  let boot: Promise<string> | undefined;
  const find = async (pid: number): Promise<ProcessRow | undefined> => {
    const stat = await readOrUndefined(`/proc/${pid}/stat`);
    return stat === undefined ? undefined : parseStat(stat);
  };
  return {
    boot: () => {
      boot ??= readBoot();
      return boot;
    },
    find,
    all: async () => {
      const pids = await listPids();
      const rows = await Promise.all(pids.map(find));
      // Reading takes time: a process that ended before its turn may have left a child that was not there yet.
      const known = new Set(pids);
      const later = (await listPids()).filter((pid) => !known.has(pid));
      rows.push(...(await Promise.all(later.map(find))));
      return rows.filter((row) => row !== undefined);
    },
    memoryBytes: async (pid) => {
      const status = await readOrUndefined(`/proc/${pid}/status`);
      const kibibytes = status?.match(/^VmRSS:\s+(\d+) kB$/m)?.[1];
      return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
    },
    variable: async (pid, name) => {
      const environment = await readOrUndefined(`/proc/${pid}/environ`);
      if (environment === undefined) return undefined;
      const entry = environment.split('\0').find((one) => one.startsWith(`${name}=`));
      return entry?.slice(name.length + 1) ?? '';
    },
  };
}

async function listPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Pids start anew with the machine and with each pid namespace (a container), so both make up its identity. */
async function readBoot(): Promise<string> {
  const id = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return `${id} ${await readlink('/proc/self/ns/pid')}`;
}

/**
 * One line of `/proc/<pid>/stat`; undefined for a process that has ended. The second field is the program's name in
 * brackets and may hold blanks and brackets itself, so the fields are counted from the last one.
 */
export function parseStat(line: string): ProcessRow | undefined {
  const end = line.lastIndexOf(')');
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(end + 2).split(' ');
  const field = (number: number) => fields[number - 3] ?? '';
  const state = field(3);
  if (end < 0 || !Number.isInteger(pid) || ['Z', 'X', 'x'].includes(state)) return undefined;
  const ticks = [14, 15, 16, 17].reduce((sum, number) => sum + Number(field(number)), 0);
  return {
    pid,
    group: Number(field(5)),
    session: Number(field(6)),
    suspended: state === 'T',
    start: field(22),
    cpuMs: (ticks * 1000) / ticksPerSecond,
  };
}

/** A process may end between two reads, and those of other users may be closed to us: both are "not there". */
async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

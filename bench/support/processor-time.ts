import { readdir, readFile } from 'node:fs/promises';

/** Ticks of a second in what the kernel tells of processes: the same on every Linux. */
const ticksPerSecond = 100;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Own time and that of children that have ended and were collected, in ms. */
  readonly ms: number;
}

/** Processor time in ms of a process and of all that it started, those included that have ended (Linux). */
export async function processorTimeOf(root: number): Promise<number> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = (await Promise.all(names.map((name) => statOf(Number(name))))).flatMap((stat) => stat ?? []);
  const family = new Set([root]);
  for (let before = 0; before < family.size; ) {
    before = family.size;
    for (const { pid, parent } of stats) if (family.has(parent)) family.add(pid);
  }
  return stats.filter(({ pid }) => family.has(pid)).reduce((sum, { ms }) => sum + ms, 0);
}

/** Undefined for one that ends while it is looked at. */
async function statOf(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // The name in brackets may hold anything. After it: state, parent, …, utime, stime, cutime, cstime.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid, parent: Number(fields[1]), ms: (ticks * 1_000) / ticksPerSecond };
}

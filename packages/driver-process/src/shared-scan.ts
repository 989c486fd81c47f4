import { performance } from 'node:perf_hooks';
import type { ProcessRow, ProcessTable } from './process-table.js';

/** The variable that every process of an instance carries, with the instance's id. */
const mark = 'MOORAGE_INSTANCE_ID';

/** One process with the instance that its environment names. */
export interface ScannedProcess extends ProcessRow {
  /** Empty: it names none. Undefined: its environment cannot be read. */
  readonly instanceId: string | undefined;
}

/** Reads all processes of the machine; what it answers began after it was asked. */
export type Scan = () => Promise<readonly ScannedProcess[]>;

/** What the scans take from the clock; tests put another in. */
export interface ScanClock {
  /** ms of a monotonic clock. */
  now(): number;
  wait(ms: number): Promise<void>;
}

const systemClock: ScanClock = {
  now: () => performance.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/**
 * One scan at a time for all that ask. Who asks while one is under way shares the next: the one under way may be past
 * what is looked for. After each there is a rest as long as it took: on a busy machine others have half of the time.
 */
export function sharedScan(table: ProcessTable, clock: ScanClock = systemClock): Scan {
  let last: Promise<unknown> = Promise.resolve();
  let restsUntil = Number.NEGATIVE_INFINITY;
  let next: Promise<readonly ScannedProcess[]> | undefined;
  const begin = async () => {
    const rest = restsUntil - clock.now();
    if (rest > 0) await clock.wait(rest);
    next = undefined;
    const from = clock.now();
    try {
      return await readAll(table);
    } finally {
      const to = clock.now();
      restsUntil = to + (to - from);
    }
  };
  return () => {
    if (!next) {
      next = last.then(begin);
      last = next.catch(() => {});
    }
    return next;
  };
}

async function readAll(table: ProcessTable): Promise<readonly ScannedProcess[]> {
  const rows = await table.all();
  return Promise.all(rows.map(async (row) => ({ ...row, instanceId: await instanceOf(table, row.pid) })));
}

/** The id of the instance that this process was started for; see {@link ScannedProcess}. */
export function instanceOf(table: ProcessTable, pid: number): Promise<string | undefined> {
  return table.variable(pid, mark);
}

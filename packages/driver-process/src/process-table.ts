import { linuxProcessTable } from './linux-process-table.js';
import type { ProcessIdentity } from './process-identity.js';
import { psProcessTable } from './ps-process-table.js';

/** One process as the system reports it. Zombies are left out: they have ended. */
export interface ProcessRow {
  readonly pid: number;
  /** Process group. */
  readonly group: number;
  /** Session; undefined where the system does not tell it. */
  readonly session: number | undefined;
  /** Stopped by a signal. */
  readonly suspended: boolean;
  readonly start: string;
  /** CPU time used so far, with that of children it has waited for. */
  readonly cpuMs: number;
}

/** The machine's processes. */
export interface ProcessTable {
  /** Names this life of the machine; the same for all processes of it. */
  boot(): Promise<string>;
  /** One process; undefined when it has ended. */
  find(pid: number): Promise<ProcessRow | undefined>;
  /** All of them, also one that was started while its parent, gone by now, was being read. */
  all(): Promise<readonly ProcessRow[]>;
  /** Resident memory in bytes; undefined when it has ended. */
  memoryBytes(pid: number): Promise<number | undefined>;
  /** A variable as the process was started with it: empty when it has none; undefined where that cannot be read. */
  variable(pid: number, name: string): Promise<string | undefined>;
}

/** The table of the system this runs on: `/proc` on Linux, `ps` elsewhere. */
export function systemProcessTable(platform: NodeJS.Platform = process.platform): ProcessTable {
  return platform === 'linux' ? linuxProcessTable() : psProcessTable();
}

/** The process itself, and not another one that has its pid now. */
export async function findSame(
  table: ProcessTable,
  identity: ProcessIdentity | undefined,
): Promise<ProcessRow | undefined> {
  if (!identity || identity.boot !== (await table.boot())) return undefined;
  const row = await table.find(identity.pid);
  return row?.start === identity.start ? row : undefined;
}

import { readFile, realpath, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { type ProcessInfo, processInfo } from './process-info.js';

/** A server that has this data folder open. */
export interface RunningServer {
  readonly process: ProcessInfo;
  readonly port: number;
}

/**
 * The server that a killed host left running on this folder. A `postmaster.pid` whose process is gone, or whose number
 * belongs to some other program by now, is removed: PostgreSQL itself would take such a program for a server and
 * refuse.
 */
export async function runningServer(data: string): Promise<RunningServer | undefined> {
  const path = join(data, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // Number of the process, folder, start, port, …; the later lines appear while the server starts.
  const lines = text.split('\n');
  const info = await processInfo(Math.abs(Number(lines[0])));
  if (info === undefined || !(await isServerOf(info, data))) {
    await unlink(path).catch(() => undefined);
    return undefined;
  }
  return { process: info, port: Number(lines[3] ?? 0) };
}

async function isServerOf(info: ProcessInfo, data: string): Promise<boolean> {
  const real = await realpath(data);
  return /postgres/.test(info.command) && (info.command.includes(data) || info.command.includes(real));
}

/** Whether a server answers there, with this password and for this very folder. */
export async function answers(url: string, data: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ readonly folder: string }>(
      `select current_setting('data_directory') as folder`,
    );
    return (await realpath(rows[0]?.folder ?? '')) === (await realpath(data));
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

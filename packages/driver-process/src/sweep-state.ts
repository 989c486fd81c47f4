import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessTable } from './process-table.js';
import { isMakerAlive } from './staging-name.js';
import type { StatePaths } from './state-folder.js';

/** Longer than any host takes from holding a port to putting the instance in its place. */
const settledAfterMs = 10 * 60_000;

/**
 * Removes what hosts that died have left and no instance needs: removed instances that were not deleted to the end,
 * half-written ones, and ports that nobody has. Of what does not tell who made it, only what is old. What cannot be
 * removed waits for the next time.
 */
export async function sweepState(paths: StatePaths, table: ProcessTable, now: number): Promise<void> {
  const remove = (path: string) => rm(path, { recursive: true, force: true }).catch(() => {});
  const isOld = async (path: string) => {
    const found = await stat(path).catch(() => undefined);
    return found !== undefined && now - found.mtimeMs > settledAfterMs;
  };
  for (const entry of await readdir(paths.trash)) await remove(join(paths.trash, entry));
  // Read in the order against that in which a host goes: it stages, holds the port, and puts the instance in its place.
  const ports = await readdir(paths.ports);
  const staged: string[] = [];
  for (const entry of await readdir(paths.staging)) {
    const path = join(paths.staging, entry);
    const alive = await isMakerAlive(entry, table);
    if (alive === false || (alive === undefined && (await isOld(path)))) await remove(path);
    else staged.push(entry);
  }
  const instances = new Set(await readdir(paths.instances));
  for (const port of ports) {
    const path = join(paths.ports, port);
    const name = await readFile(path, 'utf8').catch(() => undefined);
    if (name !== undefined && !instances.has(name) && !staged.some((entry) => entry.startsWith(`${name}.`)))
      await remove(path);
  }
}

import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StatePaths } from './state-folder.js';

/** Longer than any host takes from holding a port to putting the instance in its place. */
const settledAfterMs = 10 * 60_000;

/**
 * Removes what hosts that died have left and no instance needs: removed instances that were not deleted to the end,
 * and, once they are old, half-written ones and ports that nobody has. What cannot be removed waits for the next time.
 */
export async function sweepState(paths: StatePaths, now: number): Promise<void> {
  const remove = (path: string) => rm(path, { recursive: true, force: true }).catch(() => {});
  const isOld = async (path: string) => {
    const found = await stat(path).catch(() => undefined);
    return found !== undefined && now - found.mtimeMs > settledAfterMs;
  };
  for (const entry of await readdir(paths.trash)) await remove(join(paths.trash, entry));
  for (const entry of await readdir(paths.staging)) {
    const path = join(paths.staging, entry);
    if (await isOld(path)) await remove(path);
  }
  const instances = new Set(await readdir(paths.instances));
  for (const entry of await readdir(paths.ports)) {
    const path = join(paths.ports, entry);
    const name = await readFile(path, 'utf8').catch(() => undefined);
    if (name !== undefined && !instances.has(name) && (await isOld(path))) await remove(path);
  }
}

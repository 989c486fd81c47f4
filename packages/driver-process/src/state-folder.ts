import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MoorageError } from '@moorage/core/driver';
import type { ProcessTable } from './process-table.js';
import { type InstanceFiles, type InstanceRecord, isInstanceRecord, type RemovingRecord } from './records.js';
import { shimSource, shimVersion } from './shim.js';
import { sweepState } from './sweep-state.js';

/** Paths inside the state folder. */
export interface StatePaths {
  readonly root: string;
  readonly marker: string;
  readonly instances: string;
  /** Instances are put together here and moved into place whole. */
  readonly staging: string;
  /** Removed instances are moved here in one step, then deleted. */
  readonly trash: string;
  /** One file per port that is held, with the instance's name in it. */
  readonly ports: string;
  readonly volumes: string;
  /** The shims touch a file of their instance's name here, so that one watch sees them all. */
  readonly hints: string;
  readonly shim: string;
}

/** The state folder: this driver's engine. */
export interface StateFolder {
  readonly paths: StatePaths;
  /**
   * Its identity. The first call makes the folder; later calls reject `unavailable` when it is gone, cannot be read, or
   * is another one than before.
   */
  engine(): Promise<string>;
  instanceFolder(name: string): string;
  names(): Promise<readonly string[]>;
  /** Undefined when there is no such instance, or what is there is not one of ours. */
  read(name: string): Promise<InstanceFiles | undefined>;
  /** Something of this name is there that is not ours. */
  isForeign(name: string): Promise<boolean>;
  writeRemoving(name: string, removing: RemovingRecord | undefined): Promise<void>;
}

const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** True for what may be the name of an instance, and so of a folder. */
export function isInstanceName(name: string): boolean {
  return namePattern.test(name);
}

/** Opens nothing yet: `engine()` does. */
export function stateFolder(root: string, table: ProcessTable): StateFolder {
  const paths = pathsOf(root);
  let known: string | undefined;
  let opening: Promise<string> | undefined;
  const engine = async (): Promise<string> => {
    if (known === undefined) {
      opening ??= prepare(paths, table).finally(() => {
        opening = undefined;
      });
      known = await opening;
    }
    const now = await readMarker(paths);
    if (now !== known) throw gone(root, now === undefined ? 'its marker file is gone' : 'it is another folder now');
    return known;
  };
  const instanceFolder = (name: string) => join(paths.instances, name);
  return {
    paths,
    engine,
    instanceFolder,
    names: async () => {
      const entries = await readdir(paths.instances);
      return entries.filter(isInstanceName).sort();
    },
    read: (name) => readInstance(instanceFolder(name)),
    isForeign: async (name) => {
      const folder = instanceFolder(name);
      return (await exists(folder)) && (await readInstance(folder)) === undefined;
    },
    writeRemoving: async (name, removing) => {
      const path = join(instanceFolder(name), 'removing.json');
      if (removing) await writeWhole(path, removing);
      else await rm(path, { force: true });
    },
  };
}

function pathsOf(root: string): StatePaths {
  return {
    root,
    marker: join(root, 'engine.json'),
    instances: join(root, 'instances'),
    staging: join(root, 'staging'),
    trash: join(root, 'trash'),
    ports: join(root, 'ports'),
    volumes: join(root, 'volumes'),
    hints: join(root, 'hints'),
    shim: join(root, `shim-${shimVersion}.mjs`),
  };
}

async function prepare(paths: StatePaths, table: ProcessTable): Promise<string> {
  await mkdir(paths.root, { recursive: true, mode: 0o700 });
  const { instances, staging, trash, ports, volumes, hints } = paths;
  const marked = await readMarker(paths);
  // A marker without its folders is a damaged engine, and must not come to look like an empty one.
  const folders = marked === undefined ? [instances, staging, trash, ports, volumes, hints] : [staging, trash, ports];
  for (const folder of folders) await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeExclusive(paths.shim, shimSource);
  if (marked === undefined) await writeExclusive(paths.marker, JSON.stringify({ moorage: 1, uid: randomUUID() }));
  const uid = marked ?? (await readMarker(paths));
  if (uid === undefined) throw gone(paths.root, 'its marker file cannot be made');
  await sweepState(paths, table, Date.now());
  return uid;
}

async function readMarker(paths: StatePaths): Promise<string | undefined> {
  const marker = (await readJson(paths.marker)) as { uid?: unknown } | undefined;
  return typeof marker?.uid === 'string' ? marker.uid : undefined;
}

function gone(root: string, why: string): MoorageError {
  return new MoorageError(
    'unavailable',
    `Cannot use the state folder "${root}": ${why}; put it back, or start the host anew on another folder`,
    { operation: 'driver.open', context: { folder: root } },
  );
}

async function readInstance(folder: string): Promise<InstanceFiles | undefined> {
  const record = await readJson(join(folder, 'spec.json'));
  if (!isInstanceRecord(record)) return undefined;
  const [status, removing] = await Promise.all([
    readJson(join(folder, 'status.json')),
    readJson(join(folder, 'removing.json')),
  ]);
  return {
    folder,
    record: record as InstanceRecord,
    status: status as InstanceFiles['status'],
    removing: removing as InstanceFiles['removing'],
  };
}

/** The file's content; undefined when there is none. Errors: `unavailable` for a file that is no JSON. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MoorageError(
      'unavailable',
      `Cannot read "${path}": it is damaged (no JSON); restore it, or remove its folder`,
      {
        operation: 'driver.read',
        context: { path },
        cause: error,
      },
    );
  }
}

/** Writes a file so that every reader, and a restart after a power cut, sees all of it or nothing. */
export async function writeWhole(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(value));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Writes a file unless it is there already; whole in either case. */
export async function writeExclusive(path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, content, { flag: 'wx', mode: 0o600 });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary);
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await readdir(path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return false;
    if (code === 'ENOTDIR') return true;
    throw error;
  }
}

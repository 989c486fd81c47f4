import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ForeignInstance } from '@moorage/core';
import type { DockerEngine } from './docker-engine.js';

/** What is told of an engine before a driver looks, since a driver marks an engine that it has never seen. */
export interface Survey {
  /** False: this installation has never used the engine, so nothing of it can be there. */
  readonly used: boolean;
  /** What carries our label and another owner. */
  readonly foreign: readonly ForeignInstance[];
}

interface Labelled {
  readonly Labels: Readonly<Record<string, string>> | null;
}

/** Reads the labels of Moorage on a Docker Engine. */
export async function surveyDocker(engine: DockerEngine, owner: string, signal: AbortSignal): Promise<Survey> {
  const filter = (...label: string[]) => encodeURIComponent(JSON.stringify({ label }));
  const containers = await engine.get<readonly Labelled[]>(
    `/containers/json?all=true&filters=${filter('moorage.owner', 'moorage.name')}`,
    signal,
  );
  const markers = await engine.get<{ readonly Volumes: readonly Labelled[] | null }>(
    `/volumes?filters=${filter(`moorage.owner=${owner}`, 'moorage.kind=marker')}`,
    signal,
  );
  const named = containers.map(({ Labels }) => ({
    name: Labels?.['moorage.name'] ?? '',
    owner: Labels?.['moorage.owner'] ?? '',
  }));
  return { used: (markers.Volumes ?? []).length > 0, foreign: named.filter((one) => one.owner !== owner) };
}

/** Reads the state folder of a process driver. */
export async function surveyProcesses(folder: string, owner: string): Promise<Survey> {
  const used = await stat(join(folder, 'engine.json')).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
      throw error;
    },
  );
  if (!used) return { used, foreign: [] };
  const names = (await readdir(join(folder, 'instances'))).sort();
  const found = await Promise.all(names.map((name) => ownerOf(join(folder, 'instances', name, 'spec.json'))));
  const foreign = names.flatMap((name, index) => {
    const theirs = found[index];
    return theirs === undefined || theirs === owner ? [] : [{ name, owner: theirs }];
  });
  return { used, foreign };
}

/** Undefined for what is none of Moorage's, and for what goes while it is read. */
async function ownerOf(path: string): Promise<string | undefined> {
  try {
    const { owner } = JSON.parse(await readFile(path, 'utf8')) as { readonly owner?: unknown };
    return typeof owner === 'string' ? owner : undefined;
  } catch {
    return undefined;
  }
}

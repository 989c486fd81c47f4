import { resolve } from 'node:path';
import type { Driver, ForeignInstance } from '@moorage/core';
import { MoorageError } from '@moorage/protocol';
import type { CliIo } from './cli-io.js';
import { dockerEngine } from './docker-engine.js';
import type { DriverName } from './driver-name.js';
import { optionalPackage } from './optional-package.js';
import { type Survey, surveyDocker, surveyProcesses } from './survey.js';

export interface OpenedEngine {
  readonly driver: Driver;
  readonly foreign: readonly ForeignInstance[];
  readonly words: string;
}

/**
 * The driver of an engine that this installation has used; one that it has never used is not marked, and counts as
 * empty where nothing is wanted either. Errors: `not_found` for a wrong engine, and those of the engine.
 */
export async function openEngine(
  wanted: {
    readonly name: DriverName;
    readonly owner: string;
    /** Folder of the process driver. */
    readonly folder: string;
    /** Deployments in the store. */
    readonly deployments: number;
  },
  io: CliIo,
  signal: AbortSignal,
): Promise<OpenedEngine> {
  const { name, owner, folder, deployments } = wanted;
  if (name === 'docker') {
    const { dockerDriver } = await optionalPackage('@moorage/driver-docker', () => import('@moorage/driver-docker'));
    const engine = dockerEngine(io.env);
    const survey = await surveyDocker(engine, owner, signal);
    const words = `Docker Engine at ${engine.address}`;
    return { ...opened(survey, dockerDriver(), { words, deployments, owner, wayOut: 'DOCKER_HOST' }), words };
  }
  const { processDriver } = await optionalPackage('@moorage/driver-process', () => import('@moorage/driver-process'));
  const survey = await surveyProcesses(resolve(folder), owner);
  const words = `processes of the folder ${folder}`;
  return { ...opened(survey, processDriver({ folder }), { words, deployments, owner, wayOut: '--processes' }), words };
}

function opened(
  { used, foreign }: Survey,
  driver: Driver,
  look: { readonly words: string; readonly deployments: number; readonly owner: string; readonly wayOut: string },
): { readonly driver: Driver; readonly foreign: readonly ForeignInstance[] } {
  if (used) return { driver, foreign };
  if (look.deployments === 0 && driver.level === 'container') {
    return { driver: { ...driver, list: async () => ({ engine: 'never used', instances: [] }) }, foreign };
  }
  throw new MoorageError(
    'not_found',
    `This installation (owner ${look.owner}) has never used the ${look.words}, and has ${look.deployments} agents: ` +
      `name the engine that its hosts use (--driver, ${look.wayOut})`,
    { operation: 'cli.doctor', context: { owner: look.owner } },
  );
}

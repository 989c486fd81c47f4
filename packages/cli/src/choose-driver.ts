import type { DeploymentRecord } from '@moorage/core';
import { MoorageError } from '@moorage/protocol';
import { type DriverName, driverNames } from './driver-name.js';

/**
 * The engine that was asked for, else the one that can run what is wanted: the process driver runs programs, Docker
 * images. Errors: `invalid_argument` when that does not decide.
 */
export function chooseDriver(
  given: string | undefined,
  records: readonly DeploymentRecord[],
  hasProcesses: boolean,
): DriverName {
  const name = driverNames.find((one) => one === given);
  if (name) return name;
  if (given) throw refusal(`There is no doctor for the driver "${given}"`);
  const kinds = new Set(
    records.map(({ desired }) => (desired.template.source.kind === 'program' ? 'process' : 'docker')),
  );
  const [only, second] = [...kinds];
  if (second !== undefined) throw refusal('The store has agents of both engines');
  return only ?? (hasProcesses ? 'process' : 'docker');
}

function refusal(problem: string): MoorageError {
  const message = `${problem}: say which engine to look at, --driver ${driverNames.join(' or --driver ')}`;
  return new MoorageError('invalid_argument', message, { operation: 'cli.doctor', context: { field: 'driver' } });
}

import { join } from 'node:path';
import { type InstanceState, MoorageError, type ParkDepth } from '@moorage/core/driver';
import { findShim, groupMembers, observe, send, signalAll } from './instance-processes.js';
import type { Parts } from './parts.js';
import { pause } from './pause.js';
import type { InstanceFiles, WishRecord } from './records.js';
import { isInstanceName, writeWhole } from './state-folder.js';

/**
 * Suspends an instance. `pause` stops its processes where they are; `stop` ends them and keeps the shim, which alone
 * still holds the environment with its secrets, to start them again.
 */
export async function parkInstance(
  parts: Parts,
  owner: string,
  name: string,
  depth: ParkDepth,
  signal: AbortSignal,
): Promise<void> {
  const operation = 'driver.park';
  const files = await findOwned(parts, owner, name, operation);
  const state = (await observe(parts, files))?.state;
  // Stopped is deeper than paused already.
  if (state === 'stopped' || (state === 'paused' && depth === 'pause')) return;
  if (state !== 'running' && state !== 'paused') throw notRunning(name, state, operation);
  if (depth === 'stop') {
    await wish(parts, files, { want: 'stopped', graceMs: files.record.graceMs }, operation);
    await waitFor(parts, owner, name, 'stopped', operation, signal);
    return;
  }
  await signalAll(parts, await groupMembers(parts, files), 'SIGSTOP');
  await waitFor(parts, owner, name, 'paused', operation, signal);
}

/** Lets a parked instance go on: from memory after `pause`, started anew on the same port after `stop`. */
export async function unparkInstance(parts: Parts, owner: string, name: string, signal: AbortSignal): Promise<void> {
  const operation = 'driver.unpark';
  const files = await findOwned(parts, owner, name, operation);
  const state = (await observe(parts, files))?.state;
  if (state === 'running') return;
  if (state === 'paused') await signalAll(parts, await groupMembers(parts, files), 'SIGCONT');
  else if (state === 'stopped') await wish(parts, files, { want: 'running', graceMs: 0 }, operation);
  else throw notRunning(name, state, operation);
  await waitFor(parts, owner, name, 'running', operation, signal);
}

/** The instance of this name and owner. Errors: `not_found`. */
export async function findOwned(parts: Parts, owner: string, name: string, operation: string): Promise<InstanceFiles> {
  await parts.folder.engine();
  const files = isInstanceName(name) ? await parts.folder.read(name) : undefined;
  if (files?.record.owner === owner) return files;
  throw new MoorageError(
    'not_found',
    `Cannot find instance "${name.slice(0, 100)}": this driver has none of that name`,
    {
      operation,
      context: { instance: name.slice(0, 100) },
    },
  );
}

async function wish(parts: Parts, files: InstanceFiles, record: WishRecord, operation: string): Promise<void> {
  await writeWhole(join(files.folder, 'wish.json'), record);
  const shim = await findShim(parts, files);
  if (!shim) throw notRunning(files.record.name, 'exited', operation);
  send(shim.pid, 'SIGUSR2');
}

async function waitFor(
  parts: Parts,
  owner: string,
  name: string,
  wanted: InstanceState,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const state = (await observe(parts, await findOwned(parts, owner, name, operation)))?.state;
    if (state === wanted) return;
    if (state === undefined || state === 'exited' || state === 'removing') throw notRunning(name, state, operation);
    await pause(20, signal, operation);
  }
}

function notRunning(name: string, state: InstanceState | undefined, operation: string): MoorageError {
  const verb = operation === 'driver.park' ? 'park' : 'unpark';
  return new MoorageError(
    'not_found',
    `Cannot ${verb} instance "${name}": it is "${state ?? 'removed'}", so there is nothing of it that runs; create a new one`,
    { operation, context: { instance: name, state } },
  );
}

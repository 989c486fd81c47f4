import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type InstanceSpec, MoorageError } from '@moorage/core/driver';
import { throwIfAborted } from './classify-error.js';
import { findProgram } from './find-program.js';
import { holdPort, releasePort } from './hold-port.js';
import { observe, readLock } from './instance-processes.js';
import type { Parts } from './parts.js';
import { pause } from './pause.js';
import { findSame } from './process-table.js';
import type { InstanceFiles, InstanceRecord } from './records.js';
import { stagingName } from './staging-name.js';
import { startShim } from './start-shim.js';
import { isInstanceName, writeWhole } from './state-folder.js';
import { type SpawnPlan, toSpawn } from './to-spawn.js';
import { volumeFolder } from './volume-folder.js';

const operation = 'driver.create';
/** A shim ends without a word when another one won its start, or when the machine cannot start it. */
const startsTried = 5;

/** Makes and starts one instance, or finishes what a host that died left half made. */
export async function createInstance(parts: Parts, spec: InstanceSpec, signal: AbortSignal): Promise<void> {
  if (!isInstanceName(spec.name)) {
    throw new MoorageError(
      'invalid_argument',
      `Cannot create instance "${spec.name.slice(0, 100)}": the name has to be 1 to 63 lower case letters, digits and "-"`,
      { operation, context: { field: 'name', limit: 63, length: spec.name.length } },
    );
  }
  await parts.folder.engine();
  throwIfAborted(signal, operation);
  // Before anything is made: what cannot run here leaves no trace.
  toPlan(parts, spec, { port: 0, instanceId: '' });
  const files = (await parts.folder.read(spec.name)) ?? (await place(parts, spec));
  await refuseOther(parts, spec, files);
  if (files.status) return;
  for (const volume of spec.volumes) {
    const folder = volumeFolder(parts.folder.paths.volumes, spec.owner, spec.deploymentId, volume.name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await start(parts, files, toPlan(parts, spec, files.record), signal);
}

/** Puts the folder together aside and moves it into place in one step: it is there whole, or not at all. */
async function place(parts: Parts, spec: InstanceSpec): Promise<InstanceFiles> {
  const { paths } = parts.folder;
  if (await parts.folder.isForeign(spec.name)) throw taken(spec, 'a folder that is not ours');
  const aside = join(paths.staging, stagingName(spec.name, await parts.self()));
  await mkdir(aside, { mode: 0o700 });
  let placed = false;
  let port: number | undefined;
  try {
    port = await holdPort(paths.ports, spec.name, aside);
    await writeWhole(join(aside, 'spec.json'), toRecord(spec, port));
    parts.reach('staged');
    await rename(aside, parts.folder.instanceFolder(spec.name));
    placed = true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // Another host was quicker: go on with what it made.
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  } finally {
    if (!placed) await rm(aside, { recursive: true, force: true });
    if (!placed && port !== undefined) await releasePort(paths.ports, port);
  }
  parts.reach('placed');
  const files = await parts.folder.read(spec.name);
  if (!files) {
    throw new MoorageError('unavailable', `Cannot create instance "${spec.name}": its folder vanished; try again`, {
      operation,
    });
  }
  return files;
}

function toRecord(spec: InstanceSpec, port: number): InstanceRecord {
  return {
    moorage: 1,
    instanceId: randomUUID(),
    kind: spec.kind,
    name: spec.name,
    owner: spec.owner,
    tenant: spec.tenant,
    deploymentId: spec.deploymentId,
    agentId: spec.agentId,
    ordinal: spec.ordinal,
    attempt: spec.attempt,
    templateHash: spec.templateHash,
    restartEpoch: spec.restartEpoch,
    port,
    graceMs: spec.graceMs,
    createdAt: Date.now(),
  };
}

async function refuseOther(parts: Parts, spec: InstanceSpec, files: InstanceFiles): Promise<void> {
  const { record, removing } = files;
  if (record.owner !== spec.owner) throw taken(spec, 'an instance of another owner');
  if (record.templateHash !== spec.templateHash || record.deploymentId !== spec.deploymentId) {
    throw taken(spec, `an instance of another version ("${record.templateHash}")`);
  }
  if (!removing) return;
  if ((await observe(parts, files))?.state === 'removing') {
    throw new MoorageError('unavailable', `Cannot create instance "${spec.name}": it is being removed; try again`, {
      operation,
    });
  }
  await parts.folder.writeRemoving(spec.name, undefined);
}

function taken(spec: InstanceSpec, what: string): MoorageError {
  return new MoorageError(
    'already_exists',
    `Cannot create instance "${spec.name}": ${what} has that name; remove it, or use another name`,
    { operation, context: { instance: spec.name } },
  );
}

async function start(parts: Parts, files: InstanceFiles, plan: SpawnPlan, signal: AbortSignal): Promise<void> {
  const { name } = files.record;
  for (let tried = 0; tried < startsTried; ) {
    const lock = await readLock(files);
    const isStarting = (await findSame(parts.table, lock.holder)) !== undefined;
    if (isStarting) {
      await pause(20, signal, operation);
    } else if (!(await parts.folder.read(name))?.status) {
      tried += 1;
      await startShim(parts, files.folder, files.record, plan, lock.number + 1, signal);
    }
    const status = (await parts.folder.read(name))?.status;
    if (status?.startError !== undefined) {
      throw new MoorageError(
        'invalid_argument',
        `Cannot start instance "${name}": the system refused to run its program (${status.startError}); give a program that this machine can execute`,
        { operation, context: { instance: name, errno: status.startError } },
      );
    }
    if (status) return;
  }
  throw new MoorageError(
    'resource_exhausted',
    `Cannot start instance "${name}": its supervisor ended ${startsTried} times before it could start it; look for a full disk or a limit of processes`,
    { operation, context: { instance: name } },
  );
}

function toPlan(parts: Parts, spec: InstanceSpec, record: Pick<InstanceRecord, 'port' | 'instanceId'>): SpawnPlan {
  const { volumes } = parts.folder.paths;
  return toSpawn(spec, {
    execPath: process.execPath,
    nodeVersion: process.versions.node,
    cwd: process.cwd(),
    hostEnv: process.env,
    port: record.port,
    instanceId: record.instanceId,
    volumes: Object.fromEntries(
      spec.volumes.map(({ name }) => [name, volumeFolder(volumes, spec.owner, spec.deploymentId, name)]),
    ),
    findProgram: (name) => findProgram(name, process.env.PATH ?? ''),
    isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  });
}

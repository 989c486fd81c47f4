import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { RemoveCall } from '@moorage/core/driver';
import { releasePorts } from './hold-port.js';
import { findShim, send, signalAll, survivors } from './instance-processes.js';
import type { Parts } from './parts.js';
import { pause } from './pause.js';
import { findSame } from './process-table.js';
import type { InstanceFiles } from './records.js';
import { isInstanceName } from './state-folder.js';
import { volumeFolder } from './volume-folder.js';

const operation = 'driver.remove';

/** Ends one instance and removes all that it had. May be given up at any point and asked for again. */
export async function removeInstance(
  parts: Parts,
  name: string,
  call: Pick<RemoveCall, 'owner' | 'graceMs' | 'purge'>,
  signal: AbortSignal,
): Promise<void> {
  await parts.folder.engine();
  if (!isInstanceName(name)) return;
  const files = await parts.folder.read(name);
  if (files && files.record.owner !== call.owner) return;
  if (!files) {
    if (await parts.folder.isForeign(name)) return;
    await sweepUnplaced(parts, name);
    const deploymentId = deploymentOf(name);
    if (!call.purge || deploymentId === undefined) return;
    const deployment = { owner: call.owner, deploymentId, name };
    await parts.locked(`deployment ${deploymentId}`, () => clearVolumes(parts, deployment));
    return;
  }
  parts.removals.add(name);
  try {
    await end(parts, files, call.graceMs, signal);
    parts.reach('ended');
    await parts.locked(`deployment ${files.record.deploymentId}`, () => clear(parts, files, call.purge));
    parts.hint(files.record.owner, files.record.deploymentId);
  } catch (error) {
    await giveUp(parts, name).catch(() => {});
    throw error;
  } finally {
    parts.removals.delete(name);
  }
}

async function end(parts: Parts, found: InstanceFiles, graceMs: number, signal: AbortSignal): Promise<void> {
  const { name } = found.record;
  const now = Date.now();
  const before = found.removing;
  // Counted from the first attempt, so that callers with a short patience get there too; a wall clock that jumped
  // cannot make it longer than the grace that is asked for.
  const left = Math.max(0, Math.min(graceMs, (before?.deadline ?? now + graceMs) - now));
  const mark = { deadline: now + left, signalled: before?.signalled ?? false, by: await parts.self() };
  await parts.folder.writeRemoving(name, mark);
  parts.reach('marked');
  // Read again: a shim that took its lock before the mark was there has gone on since.
  const files = (await parts.folder.read(name)) ?? found;
  if (!mark.signalled) {
    const shim = await findShim(parts, files);
    await signalAll(parts, shim ? [shim] : await survivors(parts, files), 'SIGTERM');
    if (shim) send(shim.pid, 'SIGCONT');
    await parts.folder.writeRemoving(name, { ...mark, signalled: true });
  }
  parts.reach('signalled');
  if (!(await hasEnded(parts, name, files, left, signal))) await killAll(parts, name, files, signal);
}

/** Tells other hosts that nobody is at this removal any more; the deadline stays. */
async function giveUp(parts: Parts, name: string): Promise<void> {
  const removing = (await parts.folder.read(name))?.removing;
  if (removing) await parts.folder.writeRemoving(name, { ...removing, by: undefined });
}

/** True once everything has ended by itself; false when the grace is over. */
async function hasEnded(
  parts: Parts,
  name: string,
  found: InstanceFiles,
  graceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const until = performance.now() + graceMs;
  while (performance.now() < until) {
    const files = (await parts.folder.read(name)) ?? found;
    // These two are one look each; all processes are read only for what they may have left behind.
    const isAlive = (await findShim(parts, files)) ?? (await findSame(parts.table, files.status?.agent));
    if (!isAlive && (await survivors(parts, files)).length === 0) return true;
    await pause(Math.min(25, Math.max(1, until - performance.now())), signal, operation);
  }
  return false;
}

async function killAll(parts: Parts, name: string, found: InstanceFiles, signal: AbortSignal): Promise<void> {
  for (;;) {
    const files = (await parts.folder.read(name)) ?? found;
    // The shim first: it must not start the agent again, nor take its end for a crash.
    const shim = await findShim(parts, files);
    if (shim) send(shim.pid, 'SIGKILL');
    const rest = await survivors(parts, files);
    if (!shim && rest.length === 0) return;
    await signalAll(parts, rest, 'SIGKILL');
    await pause(10, signal, operation);
  }
}

async function clear(parts: Parts, files: InstanceFiles, purge: boolean): Promise<void> {
  const { record } = files;
  const { paths } = parts.folder;
  if (purge) await clearVolumes(parts, record);
  await sweepUnplaced(parts, record.name);
  const away = join(paths.trash, `${record.name}.${randomBytes(6).toString('hex')}`);
  try {
    await rename(files.folder, away);
  } catch (error) {
    // Another host that was at the same removal was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await rm(away, { recursive: true, force: true, maxRetries: 3 });
}

type Member = Pick<InstanceFiles['record'], 'owner' | 'deploymentId' | 'name'>;

/** The deployment's volumes, unless an instance beside this one uses them. */
async function clearVolumes(parts: Parts, member: Member): Promise<void> {
  if (await isDeploymentUsed(parts, member)) return;
  const volumes = volumeFolder(parts.folder.paths.volumes, member.owner, member.deploymentId);
  await rm(volumes, { recursive: true, force: true, maxRetries: 3 });
}

/** From the name, for an instance that is gone while its deployment's volumes are still there. */
function deploymentOf(name: string): string | undefined {
  return /^moor-(.+)-\d+-[^-]+-\d+$/.exec(name)?.[1];
}

async function isDeploymentUsed(parts: Parts, { owner, deploymentId, name }: Member): Promise<boolean> {
  for (const other of await parts.folder.names()) {
    const record = other === name ? undefined : (await parts.folder.read(other))?.record;
    if (record?.owner === owner && record.deploymentId === deploymentId) return true;
  }
  return false;
}

/** Port and hint of that name, and what a host left that died before the instance was in its place. */
async function sweepUnplaced(parts: Parts, name: string): Promise<void> {
  const { paths } = parts.folder;
  const left = (await readdir(paths.staging)).filter((entry) => entry.startsWith(`${name}.`));
  for (const entry of left) await rm(join(paths.staging, entry), { recursive: true, force: true });
  await releasePorts(paths.ports, name);
  await rm(join(paths.hints, name), { force: true });
}

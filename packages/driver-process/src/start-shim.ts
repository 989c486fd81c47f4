import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { throwIfAborted } from './classify-error.js';
import type { Parts } from './parts.js';
import type { InstanceRecord } from './records.js';
import type { SpawnPlan } from './to-spawn.js';

/**
 * Starts one shim and hands it what to run through its stdin. Resolves when the shim has written down how the start
 * went, or has ended without: the instance's files tell which.
 */
export async function startShim(
  parts: Parts,
  folder: string,
  record: InstanceRecord,
  plan: SpawnPlan,
  startNumber: number,
  signal: AbortSignal,
): Promise<void> {
  const { paths } = parts.folder;
  const boot = await parts.table.boot();
  throwIfAborted(signal, 'driver.create');
  const child = spawn(process.execPath, [paths.shim, folder], {
    cwd: paths.root,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  child.once('exit', () => parts.hint(record.owner, record.deploymentId));
  parts.reach('spawned');
  const document = JSON.stringify({
    ...plan,
    startNumber,
    boot,
    name: record.name,
    instanceId: record.instanceId,
    hints: paths.hints,
    graceMs: record.graceMs,
    logMaxBytes: parts.logMaxBytes,
  });
  const settled = whenSettled(child, signal);
  // A shim that found the lock taken closes its end early.
  child.stdin?.on('error', () => {});
  child.stdin?.end(document);
  child.unref();
  parts.reach('handed-over');
  try {
    await settled;
    throwIfAborted(signal, 'driver.create');
  } finally {
    child.stdin?.destroy();
    reportOf(child)?.destroy();
  }
}

function reportOf(child: ChildProcess): Readable | undefined {
  return (child.stdio[3] as Readable | null) ?? undefined;
}

function whenSettled(child: ChildProcess, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    child.once('error', reject);
    const report = reportOf(child);
    report?.once('data', done);
    report?.once('close', done);
    report?.on('error', () => {});
    signal.addEventListener('abort', done, { once: true });
  });
}

import { resolve } from 'node:path';
import {
  type Call,
  type ContainerDriver,
  type DriverCapabilities,
  MoorageError,
  type Observation,
  type Scope,
} from '@moorage/core/driver';
import { callGuard } from './call-guard.js';
import { throwIfAborted } from './classify-error.js';
import { createInstance } from './create-instance.js';
import { observe } from './instance-processes.js';
import { keyLock } from './key-lock.js';
import { type CpuHistory, measureUsage } from './measure-usage.js';
import { parkInstance, unparkInstance } from './park-instance.js';
import type { DriverStep, Parts } from './parts.js';
import type { ProcessIdentity } from './process-identity.js';
import { type ProcessTable, systemProcessTable } from './process-table.js';
import { readLogs } from './read-logs.js';
import { removeInstance } from './remove-instance.js';
import { sharedScan } from './shared-scan.js';
import { stateFolder } from './state-folder.js';
import { watchHints } from './watch-hints.js';

/** What {@link processDriver} takes. */
export interface ProcessDriverOptions {
  /** The state folder; made when it is not there. It is the engine: two hosts on one folder see the same instances. */
  readonly folder: string;
  /** Bytes that one instance's log may take on disk; the oldest lines go first. [10 485 760] At least 65 536. */
  readonly logMaxBytes?: number | undefined;
}

const smallestLog = 65_536;

const capabilities: DriverCapabilities = Object.freeze({
  isolation: false,
  sources: Object.freeze(['program'] as const),
  limits: Object.freeze({ cpu: false, memory: false, disk: false, pids: false }),
  park: Object.freeze(['pause', 'stop'] as const),
  egressControl: false,
  volumes: true,
  logs: true,
  watch: true,
  usage: Object.freeze(['cpu', 'memory'] as const),
  runs: false,
});

/**
 * Runs agents as processes of this machine, without any container engine. It does not isolate: an agent is a process of
 * the host's own user, can read what that user can read, and has no limits; what a manifest asks of it is refused
 * as `unsupported`. Errors: `invalid_argument` for a bad option, `unsupported` on Windows.
 */
export function processDriver(options: ProcessDriverOptions): ContainerDriver {
  return openProcessDriver(options, {});
}

/** As {@link processDriver}, with the parts that tests replace. */
export function openProcessDriver(
  options: ProcessDriverOptions,
  replaced: { readonly table?: ProcessTable; readonly reach?: (step: DriverStep) => void },
): ContainerDriver {
  const { folder, logMaxBytes } = checked(options);
  const hints = new Set<(owner: string, deploymentId: string) => void>();
  const unsubscribes = new Set<() => void>();
  const calls = callGuard();
  const history: CpuHistory = new Map();
  const table = replaced.table ?? systemProcessTable();
  let self: Promise<ProcessIdentity> | undefined;
  const parts: Parts = {
    folder: stateFolder(folder, table),
    table,
    scan: sharedScan(table),
    logMaxBytes,
    locked: keyLock(),
    removals: new Set(),
    self: () => {
      self ??= identify(table, process.pid);
      return self;
    },
    hint: (owner, deploymentId) => {
      for (const hint of hints) hint(owner, deploymentId);
    },
    reach: replaced.reach ?? (() => {}),
  };
  const forInstance = (name: string, operation: string, call: Call, work: (signal: AbortSignal) => Promise<void>) =>
    calls.run(operation, call, (signal) =>
      parts.locked(`instance ${name}`, async () => {
        throwIfAborted(signal, operation);
        await work(signal);
      }),
    );
  return {
    contract: 1,
    level: 'container',
    name: 'process',
    capabilities,
    list: (scope, call) => calls.run('driver.list', call, () => list(parts, scope)),
    create: (spec, call) =>
      forInstance(spec.name, 'driver.create', call, (signal) => createInstance(parts, spec, signal)),
    remove: (name, call) =>
      forInstance(name, 'driver.remove', call, (signal) => removeInstance(parts, name, call, signal)),
    park: (name, depth, call) =>
      forInstance(name, 'driver.park', call, (signal) => parkInstance(parts, call.owner, name, depth, signal)),
    unpark: (name, call) =>
      forInstance(name, 'driver.unpark', call, (signal) => unparkInstance(parts, call.owner, name, signal)),
    logs: (name, call) => calls.iterate('driver.logs', call, (signal) => readLogs(parts, name, call, signal)),
    usage: (names, call) => calls.run('driver.usage', call, () => measureUsage(parts, call.owner, names, history)),
    watch: (scope, hint) => {
      const mine = (owner: string, deploymentId: string) => {
        if (owner === scope.owner) hint(deploymentId);
      };
      hints.add(mine);
      const unwatch = watchHints(parts.folder, scope.owner, hint);
      const unsubscribe = () => {
        hints.delete(mine);
        unsubscribes.delete(unsubscribe);
        unwatch();
      };
      unsubscribes.add(unsubscribe);
      return unsubscribe;
    },
    close: async () => {
      for (const unsubscribe of [...unsubscribes]) unsubscribe();
      await calls.close();
    },
  };
}

function checked(options: ProcessDriverOptions) {
  const { folder, logMaxBytes = 10 * 1024 * 1024 } = options;
  const refuse = (field: string, value: unknown, want: string) =>
    new MoorageError(
      'invalid_argument',
      `Cannot make the process driver: ${field} is ${JSON.stringify(value)}; ${want}`,
      {
        operation: 'driver.open',
        context: { field, value, want },
      },
    );
  if (typeof folder !== 'string' || folder === '') throw refuse('folder', folder, 'give the path of its state folder');
  if (!Number.isSafeInteger(logMaxBytes) || logMaxBytes < smallestLog) {
    throw refuse('logMaxBytes', logMaxBytes, `give a whole number of bytes, at least ${smallestLog}`);
  }
  if (process.platform === 'win32') {
    throw new MoorageError(
      'unsupported',
      'Cannot make the process driver: it needs process groups; use Linux or macOS',
      {
        operation: 'driver.open',
      },
    );
  }
  return { folder: resolve(folder), logMaxBytes };
}

async function identify(table: ProcessTable, pid: number): Promise<ProcessIdentity> {
  const [row, boot] = await Promise.all([table.find(pid), table.boot()]);
  return { pid, start: row?.start ?? '', boot };
}

async function list(parts: Parts, scope: Scope): Promise<Observation> {
  const engine = await parts.folder.engine();
  const names = await parts.folder.names();
  const instances = await Promise.all(
    names.map(async (name) => {
      const files = await parts.folder.read(name);
      return files?.record.owner === scope.owner ? observe(parts, files) : undefined;
    }),
  );
  // A folder that was taken away half way through must not pass for one with fewer instances.
  await parts.folder.engine();
  return { engine, instances: instances.filter((instance) => instance !== undefined) };
}

import { MoorageError, toMoorageError } from '@moorage/protocol/base';
import PQueue from 'p-queue';
import type { Clock } from '../ports/clock.js';
import type { Call, ContainerDriver, Driver, DriverBase, WorkloadDriver } from '../ports/driver.js';

/**
 * What every driver gets in front of it: a deadline and an abort for each call, a bound on calls at once, one class of
 * errors, close-once, and counts. It holds no policy: nothing is retried here.
 */
export interface GuardOptions {
  readonly clock: Clock;
  /** For every call but `create` and `apply`. */
  readonly callTimeoutMs: number;
  /** For `create` and `apply`: an image may have to be pulled. */
  readonly createTimeoutMs: number;
  /** Calls that change something, at once. */
  readonly concurrency: number;
  /** Told after each call. */
  readonly onCall?: ((operation: string, error: MoorageError | undefined) => void) | undefined;
}

/** The same driver behind the guard. `level` and `capabilities` are the driver's own. */
export function guardDriver<D extends Driver>(driver: D, options: GuardOptions): D {
  if (driver.contract !== 1) {
    throw new MoorageError(
      'unsupported',
      `Cannot use the driver "${driver.name}": it speaks contract ${String(driver.contract)}, this host speaks 1`,
      { operation: 'createHost' },
    );
  }
  const guard = createGuard(driver, options);
  const base = guardBase(driver, guard);
  const whole: Driver =
    driver.level === 'container' ? guardContainer(driver, base, guard) : guardWorkload(driver, base, guard);
  return whole as D;
}

type Run = <T>(operation: string, call: Call, work: (call: Call) => Promise<T>, timeoutMs?: number) => Promise<T>;

interface Guard {
  /** Calls that only read: not queued behind those that change something. */
  readonly read: Run;
  readonly change: Run;
  readonly callTimeoutMs: number;
  readonly createTimeoutMs: number;
  close(): Promise<void>;
}

function createGuard(driver: Driver, options: GuardOptions): Guard {
  const underWay = new Set<() => void>();
  const queue = new PQueue({ concurrency: options.concurrency });
  let closing = false;
  let closed: Promise<void> | undefined;
  const bounded: Run = async (operation, call, work, timeoutMs = options.callTimeoutMs) => {
    const name = `${driver.name}.${operation}`;
    // One controller for all reasons: a signal that is composed of long-lived ones is never let go of.
    const abort = new AbortController();
    let leaveBehind = () => {};
    const onAbort = () => {
      abort.abort();
      leaveBehind();
    };
    let timedOut = false;
    const stopTimer = options.clock.setTimer(timeoutMs, () => {
      timedOut = true;
      onAbort();
    });
    underWay.add(onAbort);
    call.signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (closing || call.signal.aborted || call.mayBegin?.() === false) throw cancelled(name);
      const made = work({ ...call, signal: abort.signal });
      const result = await orLeft(made, (leave) => {
        leaveBehind = leave;
      });
      options.onCall?.(operation, undefined);
      return result;
    } catch (thrown) {
      const error = timedOut
        ? timeoutOf(driver.name, operation, timeoutMs, thrown)
        : abort.signal.aborted
          ? cancelled(name, thrown)
          : toMoorageError(thrown, name);
      options.onCall?.(operation, error);
      throw error;
    } finally {
      stopTimer();
      underWay.delete(onAbort);
      call.signal.removeEventListener('abort', onAbort);
    }
  };
  return {
    read: bounded,
    change: (operation, call, work, timeoutMs) => queue.add(() => bounded(operation, call, work, timeoutMs)),
    callTimeoutMs: options.callTimeoutMs,
    createTimeoutMs: options.createTimeoutMs,
    close() {
      closing = true;
      for (const end of underWay) end();
      closed ??= driver.close();
      return closed;
    },
  };
}

function timeoutOf(driver: string, operation: string, timeoutMs: number, cause: unknown): MoorageError {
  const message = `The driver "${driver}" did not answer ${operation} within ${timeoutMs} ms`;
  return new MoorageError('timeout', message, { operation: `${driver}.${operation}`, cause });
}

function cancelled(operation: string, cause?: unknown): MoorageError {
  return new MoorageError('cancelled', `${operation} was cancelled`, { operation, cause });
}

/** A driver that does not listen to its signal is left behind: by the function that is handed out. */
function orLeft<T>(work: Promise<T>, handOut: (leave: () => void) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    handOut(() => reject(new Error('given up')));
    work.then(resolve, reject);
  });
}

function guardBase(driver: Driver, guard: Guard): DriverBase {
  const { watch, logs, usage, startRun } = driver;
  return {
    contract: 1,
    name: driver.name,
    capabilities: driver.capabilities,
    list: (scope, call) => guard.read('list', call, (inner) => driver.list(scope, inner)),
    close: () => guard.close(),
    ...(watch && { watch: (scope, hint) => watch.call(driver, scope, hint) }),
    ...(logs && { logs: (name, call) => guardLogs(driver.name, logs.call(driver, name, call)) }),
    ...(usage && {
      usage: (names, call) => guard.read('usage', call, (inner) => usage.call(driver, names, { ...call, ...inner })),
    }),
    ...(startRun && {
      startRun: (job, call) =>
        guard.change('startRun', call, (inner) => startRun.call(driver, job, inner), guard.createTimeoutMs),
    }),
  };
}

async function* guardLogs<T>(driver: string, lines: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* lines;
  } catch (thrown) {
    throw toMoorageError(thrown, `${driver}.logs`);
  }
}

function guardContainer(driver: ContainerDriver, base: DriverBase, guard: Guard): ContainerDriver {
  const { park, unpark } = driver;
  return {
    ...base,
    level: 'container',
    create: (spec, call) => guard.change('create', call, (inner) => driver.create(spec, inner), guard.createTimeoutMs),
    remove: (name, call) =>
      guard.read(
        'remove',
        call,
        (inner) => driver.remove(name, { ...call, ...inner }),
        guard.callTimeoutMs + call.graceMs,
      ),
    ...(park && {
      park: (name, depth, call) =>
        guard.change('park', call, (inner) => park.call(driver, name, depth, { ...call, ...inner })),
    }),
    ...(unpark && {
      unpark: (name, call) => guard.change('unpark', call, (inner) => unpark.call(driver, name, { ...call, ...inner })),
    }),
  };
}

function guardWorkload(driver: WorkloadDriver, base: DriverBase, guard: Guard): WorkloadDriver {
  return {
    ...base,
    level: 'workload',
    apply: (workload, call) =>
      guard.change('apply', call, (inner) => driver.apply(workload, inner), guard.createTimeoutMs),
    deleteWorkload: (id, call) =>
      guard.change('deleteWorkload', call, (inner) => driver.deleteWorkload(id, { ...call, ...inner })),
    describe: (scope, call) => guard.read('describe', call, (inner) => driver.describe(scope, inner)),
  };
}

import { MoorageError, toMoorageError } from '@moorage/protocol/base';
import type { LogsOptions } from '../host-types.js';
import type { DeploymentId, InstanceName } from '../model/ids.js';
import type { LogLine } from '../model/incident.js';
import { maxLogTail } from '../model/limits.js';
import type { HostContext } from './host-context.js';

/** How often a follower looks for instances that were made since. */
const discoverMs = 500;

/**
 * The log lines of a deployment over all its instances. Without `follow`: what is there, in order of time. With it: the
 * lines of each instance as they come, and those of its successors. Errors: `unsupported`, `invalid_argument`.
 */
export async function* readLogs(
  context: HostContext,
  id: DeploymentId,
  listNames: () => Promise<readonly InstanceName[]>,
  options: LogsOptions,
): AsyncIterable<LogLine> {
  const tail = checkTail(options.tail);
  if (!context.driver.logs) {
    throw new MoorageError('unsupported', `The driver "${context.driver.name}" has no logs`, {
      operation: 'deployment.logs',
    });
  }
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, ...(options.signal ? [options.signal] : [])]);
  const names = async () =>
    (await listNames()).filter((name) => options.instance === undefined || name === options.instance);
  try {
    if (options.follow) yield* followAll(context, id, names, { ...options, tail }, signal);
    else yield* readOnce(context, await names(), { ...options, tail }, signal);
  } finally {
    abort.abort();
  }
}

function checkTail(tail: number | undefined): number | undefined {
  if (tail === undefined || (Number.isInteger(tail) && tail >= 0 && tail <= maxLogTail)) return tail;
  throw new MoorageError(
    'invalid_argument',
    `Cannot read the logs: tail is ${tail}, it must be a whole number from 0 to ${maxLogTail}`,
    {
      operation: 'deployment.logs',
      context: { field: 'tail', value: tail, limit: maxLogTail },
    },
  );
}

async function* readOnce(
  context: HostContext,
  names: readonly InstanceName[],
  options: LogsOptions,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const all = await Promise.all(
    names.map(async (name) => {
      const lines: LogLine[] = [];
      try {
        for await (const line of linesOf(context, name, options, false, signal)) lines.push(line);
      } catch (thrown) {
        // It may have been removed at this very moment.
        if (toMoorageError(thrown).code !== 'not_found') throw thrown;
      }
      return lines;
    }),
  );
  const sorted = all.flat().sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  yield* options.tail === undefined ? sorted : options.tail === 0 ? [] : sorted.slice(-options.tail);
}

function linesOf(
  context: HostContext,
  name: InstanceName,
  options: LogsOptions,
  follow: boolean,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const { driver, owner } = context;
  if (!driver.logs) throw new MoorageError('unsupported', `The driver "${driver.name}" has no logs`);
  return driver.logs(name, { owner, signal, follow, tail: options.tail, since: options.since });
}

type Step = { readonly name: InstanceName; readonly result: IteratorResult<LogLine> | undefined };

/** One reader per instance; whichever has a line gives it, so that a silent instance holds nobody up. */
async function* followAll(
  context: HostContext,
  id: DeploymentId,
  names: () => Promise<readonly InstanceName[]>,
  options: LogsOptions,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const readers = new Map<InstanceName, AsyncIterator<LogLine>>();
  const pending = new Map<InstanceName, Promise<Step>>();
  const done = new Set<InstanceName>();
  const pull = (name: InstanceName, reader: AsyncIterator<LogLine>) => {
    const step = reader.next().then(
      (result) => ({ name, result }),
      () => ({ name, result: undefined }),
    );
    pending.set(name, step);
  };
  let first = true;
  try {
    while (!signal.aborted) {
      for (const name of await names()) {
        if (readers.has(name) || done.has(name)) continue;
        // Of a successor every line is new.
        const from = first ? options : { ...options, tail: undefined, since: undefined };
        const reader = linesOf(context, name, from, true, signal)[Symbol.asyncIterator]();
        readers.set(name, reader);
        pull(name, reader);
      }
      first = false;
      const wake = wakeUp(context, id, signal);
      const step = await Promise.race([...pending.values(), wake.happened]);
      wake.stop();
      if (!step) continue;
      const reader = readers.get(step.name);
      if (!step.result || step.result.done || !reader) {
        pending.delete(step.name);
        readers.delete(step.name);
        done.add(step.name);
        continue;
      }
      pull(step.name, reader);
      yield step.result.value;
    }
  } finally {
    for (const reader of readers.values()) void reader.return?.()?.catch(() => undefined);
  }
}

function wakeUp(context: HostContext, id: DeploymentId, signal: AbortSignal) {
  let stop = () => {};
  const happened = new Promise<undefined>((resolve) => {
    const end = () => resolve(undefined);
    const off = context.cache.onChange(id, end);
    const stopTimer = context.clock.setTimer(discoverMs, end);
    signal.addEventListener('abort', end, { once: true });
    stop = () => {
      off();
      stopTimer();
      signal.removeEventListener('abort', end);
    };
  });
  return { happened, stop };
}

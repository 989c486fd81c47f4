import { performance } from 'node:perf_hooks';
import { isMoorageError, MoorageError } from '../errors.js';
import type { ActionContext, ActionHandler } from './agent-action.js';

export interface ActionRunnerOptions {
  readonly actions: Readonly<Record<string, ActionHandler>>;
  /** So many at once; one more is refused. */
  readonly concurrency: number;
  /** Longest time of one action, in ms; undefined: no limit. */
  readonly timeoutMs: number | undefined;
  /** Told after each action that succeeded. */
  readonly onDone: (action: string, durationMs: number) => void;
  readonly log: (line: string) => void;
}

export interface ActionRunner {
  /** Errors: `not_found` (no such action), `resource_exhausted`, `timeout`, `cancelled`, and those of the action. */
  run(action: string, params: Readonly<Record<string, unknown>>, context: ActionContext): Promise<ActionOutcome>;
  /** Share of the limit that is in use, 0..1. */
  load(): number;
  /** Aborts every action that still runs. */
  abort(): void;
}

export interface ActionOutcome {
  readonly result: unknown;
  readonly durationMs: number;
}

/** Runs an agent's actions: counts, bounds and times them. */
export function createActionRunner(options: ActionRunnerOptions): ActionRunner {
  const { actions, concurrency, timeoutMs, onDone, log } = options;
  const running = new Set<AbortController>();
  let inFlight = 0;

  const find = (action: string): ActionHandler => {
    const handler = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (handler) return handler;
    const known = Object.keys(actions).join(', ') || 'none';
    const message = `This agent has no action "${action.slice(0, 80)}": it has ${known}`;
    throw new MoorageError('not_found', message, { operation, context: { field: 'action' } });
  };

  return {
    load: () => Math.min(1, inFlight / concurrency),
    abort() {
      for (const controller of running) controller.abort(endingError());
    },
    async run(action, params, context) {
      const handler = find(action);
      if (inFlight >= concurrency) throw busy(concurrency);
      inFlight += 1;
      const started = performance.now();
      const controller = new AbortController();
      const onCallerGone = () => controller.abort(callerGone(action));
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(() => controller.abort(late(action, timeoutMs)), timeoutMs);
      running.add(controller);
      context.signal.addEventListener('abort', onCallerGone, { once: true });
      const work = (async () => handler(params, { ...context, signal: controller.signal }))();
      // Counted until the handler has really ended, also when nobody waits for it any longer.
      const counted = work.finally(() => {
        inFlight -= 1;
      });
      try {
        const result = await orAborted(counted, controller.signal);
        const durationMs = Math.round((performance.now() - started) * 1000) / 1000;
        onDone(action, durationMs);
        return { result: result ?? null, durationMs };
      } catch (thrown) {
        if (!isMoorageError(thrown)) log(`The action "${action}" failed: ${describe(thrown)}`);
        throw thrown;
      } finally {
        clearTimeout(timer);
        running.delete(controller);
        context.signal.removeEventListener('abort', onCallerGone);
      }
    },
  };
}

/** What `work` gives, or the reason of the signal as soon as it is aborted. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject);
  });
}

const operation = 'action';

function callerGone(action: string): MoorageError {
  return new MoorageError('cancelled', `The caller of "${action}" has left`, { operation });
}

function endingError(): MoorageError {
  return new MoorageError('unavailable', 'The agent ends, and the action was not done in time: try again', {
    operation,
  });
}

function late(action: string, limit: number): MoorageError {
  const message = `The action "${action}" took longer than ${limit} ms, the limit of runtime.timeout_ms`;
  return new MoorageError('timeout', message, { operation, context: { limit } });
}

function busy(concurrency: number): MoorageError {
  const message = `The agent works on ${concurrency} actions already, as many as it takes at once: try again, or add instances`;
  return new MoorageError('resource_exhausted', message, {
    operation,
    retryable: true,
    context: { limit: concurrency },
  });
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

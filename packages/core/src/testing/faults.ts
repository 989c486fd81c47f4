import { MoorageError } from '@moorage/protocol/base';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';

/**
 * `before`: rejects and nothing was done. `after`: done, and the reply is lost. `late`: the request is under way for a
 * while, then all goes well. `stale`: done at once, and the reply is under way for a while, so that others overtake it.
 * `hang`: nothing is done, and no answer comes until the call's signal aborts.
 */
export type FaultKind = 'before' | 'after' | 'late' | 'stale' | 'hang';

export interface FaultOptions {
  readonly random: Random;
  /** Measures the delays. */
  readonly clock: Clock;
  /** Share of the calls that are disturbed, 0 to 1; hints are lost or doubled at the same rate. */
  readonly rate: number;
  /** [all; a store has no `hang`, since its calls cannot be aborted] */
  readonly kinds?: readonly FaultKind[] | undefined;
  /** [2 000] */
  readonly longestDelayMs?: number | undefined;
  /** Told of every fault, for the record of a failed run. */
  readonly onFault?: ((operation: string, kind: FaultKind | 'lost' | 'doubled') => void) | undefined;
}

/** Lets a test end the faults, and look at what the system does then. */
export interface FaultControl {
  on(): void;
  off(): void;
  /** Faults made so far. */
  readonly count: number;
}

export interface Faults extends FaultControl {
  /** Carries out a call, or disturbs it. */
  call(operation: string, args: readonly unknown[], run: () => Promise<unknown>): Promise<unknown>;
  /** The same for a stream: it may break off. */
  stream(operation: string, lines: AsyncIterable<unknown>): AsyncIterable<unknown>;
  /** Passes a hint on once, twice or never. */
  hint(deliver: () => void): void;
}

const allKinds: readonly FaultKind[] = ['before', 'after', 'late', 'stale', 'hang'];

export function makeFaults(options: FaultOptions): Faults {
  const { random, rate, kinds = allKinds, longestDelayMs = 2_000 } = options;
  let enabled = true;
  let count = 0;

  const strikes = (): boolean => enabled && random.next() < rate;
  const note = (operation: string, kind: FaultKind | 'lost' | 'doubled'): void => {
    count += 1;
    options.onFault?.(operation, kind);
  };
  const wait = (): Promise<void> =>
    new Promise((resolve) => void options.clock.setTimer(random.next() * longestDelayMs, resolve));

  return {
    on() {
      enabled = true;
    },
    off() {
      enabled = false;
    },
    get count() {
      return count;
    },
    async call(operation, args, run) {
      if (!strikes()) return run();
      const kind = kinds[Math.floor(random.next() * kinds.length)] ?? 'before';
      note(operation, kind);
      if (kind === 'before') throw injected(operation, 'before its effect');
      if (kind === 'hang') return untilAborted(operation, signalOf(args));
      if (kind === 'late') await wait();
      const result = await run();
      if (kind === 'after') throw injected(operation, 'after its effect');
      if (kind === 'stale') await wait();
      return result;
    },
    async *stream(operation, lines) {
      const breaksAfter = strikes() ? Math.floor(random.next() * 3) : Number.POSITIVE_INFINITY;
      let seen = 0;
      for await (const line of lines) {
        if (seen >= breaksAfter) {
          note(operation, 'after');
          throw injected(operation, 'in the middle');
        }
        seen += 1;
        yield line;
      }
    },
    hint(deliver) {
      if (!strikes()) return deliver();
      if (random.next() < 0.5) return note('watch', 'lost');
      note('watch', 'doubled');
      deliver();
      deliver();
    },
  };
}

function injected(operation: string, when: string): MoorageError {
  return new MoorageError('unavailable', `Injected fault: ${operation} failed ${when}`, {
    operation,
    context: { injected: true },
  });
}

/** The signal of a call is in its last argument. */
function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  const last = args.at(-1);
  const signal = typeof last === 'object' && last !== null && 'signal' in last ? last.signal : undefined;
  return signal instanceof AbortSignal ? signal : undefined;
}

function untilAborted(operation: string, signal: AbortSignal | undefined): Promise<never> {
  // Without a signal it would hang for ever, which no caller can be blamed for.
  if (!signal) return Promise.reject(injected(operation, 'before its effect'));
  return new Promise((_, reject) => {
    const abort = (): void => reject(new MoorageError('cancelled', `Cancelled: ${operation}`, { operation }));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

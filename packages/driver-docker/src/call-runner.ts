import { type CallScopes, callScopes } from './call-scopes.js';
import { classifyError } from './classify-error.js';

/** What a call is, for its errors: `driver.create`, `Cannot create instance "…"`. */
export interface CallName {
  readonly operation: string;
  readonly action: string;
  readonly signal: AbortSignal;
}

/** Runs the driver's calls under signals of their own; whatever they throw leaves as a `MoorageError`. */
export interface CallRunner {
  readonly closed: CallScopes['closed'];
  run<T>(call: CallName, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** The same for a stream; one that `follows` ends quietly when its caller aborts. */
  stream<T>(
    call: CallName & { readonly follow: boolean },
    work: (signal: AbortSignal) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined>;
  /** Aborts what runs and refuses what comes after. */
  close(): void;
}

export function callRunner(address: string): CallRunner {
  const scopes = callScopes();
  return {
    get closed() {
      return scopes.closed;
    },
    async run(call, work) {
      const scope = scopes.begin(call.signal, call.operation);
      try {
        return await work(scope.signal);
      } catch (error) {
        throw classifyError(error, { ...call, signal: scope.signal, address });
      } finally {
        scope.end();
      }
    },
    async *stream(call, work) {
      const scope = scopes.begin(call.signal, call.operation);
      try {
        yield* work(scope.signal);
      } catch (error) {
        if (call.follow && call.signal.aborted) return;
        throw classifyError(error, { ...call, signal: scope.signal, address });
      } finally {
        scope.end();
      }
    },
    close: () => scopes.close(),
  };
}

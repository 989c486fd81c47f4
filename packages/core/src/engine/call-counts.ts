import type { MoorageError } from '@moorage/protocol/base';

/** Calls to the engine by operation and outcome, for `/metrics`. */
export interface CallCounts {
  note(operation: string, error: MoorageError | undefined): void;
  all(): Readonly<Record<string, number>>;
}

export function createCallCounts(): CallCounts {
  const counts: Record<string, number> = {};
  return {
    note(operation, error) {
      const key = `engine_calls_total{operation="${operation}",outcome="${error?.code ?? 'ok'}"}`;
      counts[key] = (counts[key] ?? 0) + 1;
    },
    all: () => ({ ...counts }),
  };
}

import type { MoorageError } from '@moorage/protocol/base';

/** Calls to the engine by operation and outcome, for `/metrics`. */
export interface CallCounts {
  note(operation: string, error: MoorageError | undefined): void;
  all(): Readonly<Record<string, number>>;
}

export function createCallCounts(): CallCounts {
  /** By operation, then by outcome: a name is only made for who reads it. */
  const counts = new Map<string, Map<string, number>>();
  return {
    note(operation, error) {
      const outcome = error?.code ?? 'ok';
      const ofOperation = counts.get(operation) ?? new Map<string, number>();
      if (ofOperation.size === 0) counts.set(operation, ofOperation);
      ofOperation.set(outcome, (ofOperation.get(outcome) ?? 0) + 1);
    },
    all() {
      const named: Record<string, number> = {};
      for (const [operation, outcomes] of counts) {
        for (const [outcome, count] of outcomes) {
          named[`engine_calls_total{operation="${operation}",outcome="${outcome}"}`] = count;
        }
      }
      return named;
    },
  };
}

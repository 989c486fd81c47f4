import { isMoorageError } from '@moorage/protocol/base';
import type { Clock } from '../../ports/clock.js';

/** What the user of a history asked for, as far as it was acknowledged. */
export interface Wish {
  readonly replicas: number;
  readonly version: number;
  readonly parked: boolean;
  readonly deleted: boolean;
  /** Restarts that were asked for so far. */
  readonly restarts: number;
}

/**
 * What a deployment may be now. An acknowledged change leaves one; a change whose answer never came, or was that nobody
 * knows, leaves both.
 */
export interface Expectation {
  readonly tenant: string;
  readonly agent: string;
  possible: readonly Wish[];
  /** One change of a deployment at a time, so that the order is known. */
  pending: boolean;
  /** Rises when a backup comes back: answers of before say nothing any more. */
  era: number;
}

/**
 * A host that was killed never answers: so long does a user wait. Longer than a call can be on its way in a frozen
 * host.
 */
const patienceMs = 120_000;

/** Errors after which nobody knows whether the change was made. */
const unknowing = new Set(['unavailable', 'timeout', 'cancelled', 'conflict']);

export function expectChange(
  expectation: Expectation,
  change: (wish: Wish) => Wish | readonly Wish[],
  promise: Promise<unknown>,
  clock: Clock,
): void {
  const { era } = expectation;
  const before = expectation.possible;
  const after = before.flatMap(change);
  // Until it is acknowledged both are possible, whatever becomes of the host that was asked.
  expectation.possible = unique([...before, ...after]);
  expectation.pending = true;
  let open = true;
  const settle = (possible: readonly Wish[] | undefined) => {
    if (!open) return;
    open = false;
    stopTimer();
    if (expectation.era !== era) return;
    expectation.pending = false;
    if (possible) expectation.possible = unique(possible);
  };
  const stopTimer = clock.setTimer(patienceMs, () => settle(undefined));
  promise.then(
    () => settle(after),
    (thrown) => settle(isMoorageError(thrown) && !unknowing.has(thrown.code) ? before : undefined),
  );
}

function unique(wishes: readonly Wish[]): Wish[] {
  return [...new Map(wishes.map((wish) => [JSON.stringify(wish), wish])).values()];
}

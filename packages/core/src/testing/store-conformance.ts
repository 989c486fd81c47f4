import type { Store } from '../ports/store.js';
import { claimCases } from './store-conformance-claims.js';
import { commitCases } from './store-conformance-commit.js';
import { eventCases } from './store-conformance-events.js';
import type { StoreCase, StoreKit } from './store-conformance-kit.js';
import { leaseCases } from './store-conformance-leases.js';
import { limitCases } from './store-conformance-limits.js';
import { recordCases } from './store-conformance-records.js';

/** What the suite needs of a test runner and of the store under test. */
export interface StoreConformanceOptions {
  describe(name: string, run: () => void): void;
  it(name: string, run: () => Promise<void>): void;
  /**
   * A store that holds nothing yet. The suite closes it. A store that cannot be made fails the suite: nothing is
   * skipped.
   */
  makeStore(): Promise<Store>;
  /** Two handles on the same empty data, as two host processes have them. [one store, used twice] */
  twoHandles?: (() => Promise<readonly [Store, Store]>) | undefined;
  /**
   * Closes a store and opens its data again. Left out: the store keeps nothing, and those cases do not exist for it.
   */
  reopen?: ((store: Store) => Promise<Store>) | undefined;
  /** Lets the store's clock move on by at least so many milliseconds: a sleep, or a step of a clock of one's own. */
  advance(ms: number): Promise<void>;
}

const groups: readonly (readonly [string, readonly StoreCase[]])[] = [
  ['commits', commitCases],
  ['quota, ports and names', claimCases],
  ['events and audit', eventCases],
  ['records', recordCases],
  ['leases', leaseCases],
  ['limits and life', limitCases],
];

/**
 * The meaning of the `Store` contract, as tests for any runner that has `describe` and `it`. Call it once at the top
 * level of a test file. Cases share nothing and may run at the same time.
 */
export function storeConformance(options: StoreConformanceOptions): void {
  for (const [group, cases] of groups) {
    options.describe(`store conformance: ${group}`, () => {
      for (const { name, needsReopen, run } of cases) {
        if (needsReopen && options.reopen === undefined) continue;
        options.it(name, () => withKit(options, run));
      }
    });
  }
}

async function withKit(options: StoreConformanceOptions, run: (kit: StoreKit) => Promise<void>): Promise<void> {
  const opened = new Set<Store>();
  const remember = <T extends Store>(store: T): T => {
    opened.add(store);
    return store;
  };
  const { reopen } = options;
  try {
    await run({
      store: async () => remember(await options.makeStore()),
      pair: async () => {
        const [one, other] = options.twoHandles ? await options.twoHandles() : await twice(options);
        return [remember(one), remember(other)];
      },
      reopen: reopen && (async (store) => remember(await reopen(store))),
      advance: (ms) => options.advance(ms),
    });
  } finally {
    for (const store of opened) await store.close();
  }
}

async function twice(options: StoreConformanceOptions): Promise<readonly [Store, Store]> {
  const store = await options.makeStore();
  return [store, store];
}

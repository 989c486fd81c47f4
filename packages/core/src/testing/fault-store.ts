import type { Store } from '../ports/store.js';
import { type FaultControl, type FaultKind, type FaultOptions, makeFaults } from './faults.js';
import { wrapCalls } from './wrap-calls.js';

const storeKinds: readonly FaultKind[] = ['before', 'after', 'late', 'stale'];

/**
 * The same store on a bad day: a call fails before its effect, or is carried out and its reply is lost, or comes late;
 * hints are lost or doubled. `close` is left alone. It stays within the contract: all of a call is done, or nothing.
 */
export function withStoreFaults(store: Store, options: FaultOptions): Store & { readonly faults: FaultControl } {
  const faults = makeFaults({ ...options, kinds: options.kinds ?? storeKinds });
  return Object.freeze({
    ...store,
    ...wrapCalls(store, faults, ['close', 'watch']),
    watch: (hint: Parameters<Store['watch']>[0]) =>
      store.watch((deploymentId) => faults.hint(() => hint(deploymentId))),
    faults,
  });
}

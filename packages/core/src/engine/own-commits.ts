import type { DeploymentId } from '../model/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Store } from '../ports/store.js';

/** A hint that comes this long after a commit of ours is still about that commit. */
const echoMs = 500;

/**
 * The same store, which knows the echo of its own commits: a hint about a write of this host says nothing new, and
 * would cost a read each time.
 */
export function withoutEcho(
  store: Store,
  clock: Clock,
): Store & { watchOthers(hint: (id: DeploymentId) => void): () => void } {
  const recent = new Map<DeploymentId, { pending: number; until: number }>();
  const commit: Store['commit'] = async (change) => {
    const entry = recent.get(change.deploymentId) ?? { pending: 0, until: 0 };
    entry.pending += 1;
    recent.set(change.deploymentId, entry);
    try {
      return await store.commit(change);
    } finally {
      entry.pending -= 1;
      entry.until = clock.monotonic() + echoMs;
      sweep(clock.monotonic());
    }
  };
  const sweep = (now: number) => {
    for (const [id, entry] of recent) {
      if (entry.pending > 0 || entry.until > now) break;
      recent.delete(id);
    }
  };
  return {
    ...store,
    commit,
    watchOthers: (hint) =>
      store.watch((id) => {
        const entry = recent.get(id);
        if (entry && (entry.pending > 0 || entry.until > clock.monotonic())) return;
        hint(id);
      }),
  };
}

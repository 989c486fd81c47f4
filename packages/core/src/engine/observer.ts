/**
 * Owns the looks at the engine: one list serves everyone who asks meanwhile. It decides nothing; it only knows which
 * look began before which action.
 */
export interface Look<T> {
  readonly observation: T;
  /** Larger than the stamp of everything that had happened when the look began. */
  readonly stamp: number;
}

export interface Observer<T> {
  /** A new stamp: everything that happens after it has a larger one. */
  stamp(): number;
  /** The newest look that has ended, if any. */
  latest(): Look<T> | undefined;
  /**
   * A look that began after `stamp`; the newest one when it is good enough, else one shared by all who wait. Rejects as
   * the look does.
   */
  after(stamp: number): Promise<Look<T>>;
}

export function createObserver<T>(look: () => Promise<T>): Observer<T> {
  let counter = 0;
  let newest: Look<T> | undefined;
  let running: { readonly stamp: number; readonly result: Promise<Look<T>> } | undefined;

  const begin = () => {
    counter += 1;
    const stamp = counter;
    const result = look()
      .then((observation) => {
        newest = { observation, stamp };
        return newest;
      })
      .finally(() => {
        if (running?.stamp === stamp) running = undefined;
      });
    running = { stamp, result };
    return result;
  };

  const after = async (stamp: number): Promise<Look<T>> => {
    if (newest && newest.stamp > stamp) return newest;
    if (running && running.stamp > stamp) return running.result;
    // One that began too early is waited for, so that looks do not pile up on a slow engine.
    if (running) {
      await running.result.catch(() => undefined);
      return after(stamp);
    }
    return begin();
  };

  return {
    stamp() {
      counter += 1;
      return counter;
    },
    latest: () => newest,
    after,
  };
}

/** What has to be ended, in the reverse order of how it was begun. */
export interface Closers {
  /** True once the end has begun. */
  readonly closing: boolean;
  /** What is added after the end has begun is ended at once. */
  add(close: () => unknown): void;
  /** Ends everything, once; what fails does not keep the rest from ending. */
  close(): Promise<void>;
}

export function createClosers(): Closers {
  const stack: (() => unknown)[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    for (let close = stack.pop(); close; close = stack.pop()) {
      try {
        await close();
      } catch {
        // It ends with the process anyway, and the others still have to be ended in order.
      }
    }
  };
  return {
    get closing() {
      return closing !== undefined;
    },
    add(close) {
      stack.push(close);
      if (closing) closing = closing.then(closeAll);
    },
    async close() {
      closing ??= closeAll();
      // Something may have been added meanwhile.
      for (let seen: Promise<void> | undefined; seen !== closing; ) {
        seen = closing;
        await seen;
      }
    },
  };
}

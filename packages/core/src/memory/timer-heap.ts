/** A timer: due at `time`; `sequence` orders timers of the same time as they were set. */
export interface HeapTimer {
  readonly time: number;
  readonly sequence: number;
  readonly run: () => void;
}

export interface TimerHeap {
  push(timer: HeapTimer): void;
  peek(): HeapTimer | undefined;
  pop(): HeapTimer | undefined;
  readonly size: number;
}

/** A binary heap: the earliest timer first, and of equals the one set first. */
export function timerHeap(): TimerHeap {
  const items: HeapTimer[] = [];
  const before = (a: number, b: number): boolean => {
    const left = items[a] as HeapTimer;
    const right = items[b] as HeapTimer;
    return left.time < right.time || (left.time === right.time && left.sequence < right.sequence);
  };
  const swap = (a: number, b: number): void => {
    const kept = items[a] as HeapTimer;
    items[a] = items[b] as HeapTimer;
    items[b] = kept;
  };

  function rise(start: number): void {
    let child = start;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!before(child, parent)) return;
      swap(child, parent);
      child = parent;
    }
  }

  function sink(): void {
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const right = left + 1;
      let first = parent;
      if (left < items.length && before(left, first)) first = left;
      if (right < items.length && before(right, first)) first = right;
      if (first === parent) return;
      swap(parent, first);
      parent = first;
    }
  }

  return {
    push(timer) {
      items.push(timer);
      rise(items.length - 1);
    },
    peek: () => items[0],
    pop() {
      const first = items[0];
      const last = items.pop();
      if (first !== last && last !== undefined) {
        items[0] = last;
        sink();
      }
      return first;
    },
    get size() {
      return items.length;
    },
  };
}

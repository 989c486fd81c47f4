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

  /** Moves the timer up from this place, which is free, to where it belongs. */
  function rise(start: number, timer: HeapTimer): void {
    let place = start;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = items[above] as HeapTimer;
      if (!isBefore(timer, parent)) break;
      items[place] = parent;
      place = above;
    }
    items[place] = timer;
  }

  /** Moves the timer down from the top, which is free, to where it belongs. */
  function sink(timer: HeapTimer): void {
    let place = 0;
    for (let below = 1; below < items.length; below = 2 * place + 1) {
      const right = below + 1;
      if (right < items.length && isBefore(items[right] as HeapTimer, items[below] as HeapTimer)) below = right;
      const child = items[below] as HeapTimer;
      if (!isBefore(child, timer)) break;
      items[place] = child;
      place = below;
    }
    items[place] = timer;
  }

  return {
    push(timer) {
      items.push(timer);
      rise(items.length - 1, timer);
    },
    peek: () => items[0],
    pop() {
      const first = items[0];
      const last = items.pop();
      if (first !== last && last !== undefined) sink(last);
      return first;
    },
    get size() {
      return items.length;
    },
  };
}

function isBefore(one: HeapTimer, other: HeapTimer): boolean {
  return one.time < other.time || (one.time === other.time && one.sequence < other.sequence);
}

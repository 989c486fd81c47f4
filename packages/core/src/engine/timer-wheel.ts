import type { Clock } from '../ports/clock.js';

/** Something that falls due. The wheel owns these fields; a caller reads `dueMs` and extends the rest with its own. */
export interface WheelEntry {
  /** Monotonic time at which it falls due, in whole milliseconds: fractions would take heap of their own. */
  dueMs: number;
  /** Where it hangs: a slot, or {@link detached}, or {@link dueNow} while its turn is being worked off. */
  slot: number;
  previous: WheelEntry | undefined;
  next: WheelEntry | undefined;
}

export interface TimerWheel<Entry extends WheelEntry> {
  /** (Re)schedules; a time in the past falls due at the next tick. */
  schedule(entry: Entry, dueMs: number): void;
  /** Idempotent. */
  cancel(entry: Entry): void;
  /** By how much the clock's timer is late at this moment; 0 when nothing is due. */
  overdueMs(): number;
  close(): void;
}

export interface TimerWheelOptions<Entry extends WheelEntry> {
  readonly clock: Clock;
  readonly onDue: (entry: Entry) => void;
  /** Told before entries fall due: by how much the clock's timer came too late. */
  readonly onWake?: ((lateMs: number) => void) | undefined;
}

export const detached = -1;
const dueNow = -2;
const tickMs = 5;
/** One turn of the wheel is about 10 s; what is due later stays in its slot for more turns. */
const slotCount = 2_048;

/** A hashed timer wheel: any number of entries, one timer of the clock, constant cost for each change. */
export function timerWheel<Entry extends WheelEntry>(options: TimerWheelOptions<Entry>): TimerWheel<Entry> {
  const { clock } = options;
  const slots = wheelSlots();
  let lastTick = 0;
  let armedTick = Number.POSITIVE_INFINITY;
  let cancelTimer: (() => void) | undefined;
  let closed = false;

  function arm(tick: number): void {
    cancelTimer?.();
    armedTick = tick;
    const dueMs = tick * tickMs;
    cancelTimer = clock.setTimer(Math.max(0, Math.ceil(dueMs - clock.monotonic())), () => wake(dueMs));
  }

  function wake(plannedMs: number): void {
    const nowMs = clock.monotonic();
    options.onWake?.(Math.max(0, nowMs - plannedMs));
    const nowTick = Math.floor(nowMs / tickMs);
    const due = slots.takeDue(lastTick, nowTick, nowMs);
    lastTick = Math.max(lastTick, nowTick);
    armedTick = Number.POSITIVE_INFINITY;
    const next = slots.firstTickAfter(lastTick);
    if (next !== undefined && !closed) arm(next);
    for (const entry of due) {
      // An earlier one of this turn may have cancelled or rescheduled it.
      if (entry.slot !== dueNow) continue;
      entry.slot = detached;
      options.onDue(entry as Entry);
    }
  }

  return {
    schedule(entry, dueMs) {
      slots.detach(entry);
      if (closed) return;
      if (slots.isEmpty()) lastTick = Math.floor(clock.monotonic() / tickMs);
      entry.dueMs = Math.ceil(dueMs);
      const tick = Math.max(Math.ceil(entry.dueMs / tickMs), lastTick + 1);
      slots.attach(entry, tick);
      if (tick < armedTick) arm(tick);
    },
    cancel: (entry) => slots.detach(entry),
    overdueMs: () => Math.max(0, clock.monotonic() - armedTick * tickMs),
    close() {
      closed = true;
      cancelTimer?.();
    },
  };
}

/** The ring of slots: each a doubly linked list through its entries, so that nothing is allocated for a change. */
function wheelSlots() {
  const heads = new Array<WheelEntry | undefined>(slotCount).fill(undefined);
  let size = 0;

  function detach(entry: WheelEntry): void {
    if (entry.slot >= 0) {
      size -= 1;
      if (entry.previous) entry.previous.next = entry.next;
      else heads[entry.slot] = entry.next;
      if (entry.next) entry.next.previous = entry.previous;
    }
    entry.slot = detached;
    entry.previous = undefined;
    entry.next = undefined;
  }

  function takeDue(lastTick: number, nowTick: number, nowMs: number): WheelEntry[] {
    const due: WheelEntry[] = [];
    for (let step = Math.min(nowTick - lastTick, slotCount); step > 0; step -= 1) {
      let entry = heads[(nowTick - step + 1) % slotCount];
      while (entry) {
        const { next } = entry;
        if (entry.dueMs <= nowMs) {
          detach(entry);
          entry.slot = dueNow;
          due.push(entry);
        }
        entry = next;
      }
    }
    return due;
  }

  return {
    detach,
    takeDue,
    isEmpty: () => size === 0,
    attach(entry: WheelEntry, tick: number): void {
      const slot = tick % slotCount;
      const head = heads[slot];
      entry.slot = slot;
      entry.next = head;
      if (head) head.previous = entry;
      heads[slot] = entry;
      size += 1;
    },
    /** The next tick whose slot is not empty, within one turn of the wheel. */
    firstTickAfter(lastTick: number): number | undefined {
      if (size === 0) return undefined;
      let tick = lastTick + 1;
      while (heads[tick % slotCount] === undefined) tick += 1;
      return tick;
    },
  };
}

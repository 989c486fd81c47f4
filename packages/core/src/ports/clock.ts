/**
 * Time, injected. Decisions inside one process's life use {@link Clock.monotonic}; the wall clock is for records only
 * (I9).
 */
export interface Clock {
  /** Wall clock, ms since 1970. May jump. */
  now(): number;
  /** Milliseconds since some start; never goes back, not moved by a jump of the wall clock. */
  monotonic(): number;
  /**
   * Calls `run` once after `delayMs`; the returned function cancels it. Keeps the process alive until then: a host
   * lives until it is closed.
   */
  setTimer(delayMs: number, run: () => void): () => void;
}

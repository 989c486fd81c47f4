import { scheduler } from 'node:timers/promises';

export interface EventuallyOptions {
  /** Real time, in ms. [30 000] */
  readonly deadlineMs?: number | undefined;
  /** Between two looks; moves simulated time on, and 5 000 of them are the deadline. [25 ms of real time] */
  readonly tick?: (() => Promise<void>) | undefined;
}

const longestWaitInTicks = 5_000;

/**
 * Looks again and again until `check` gives something other than `undefined` or `false`, and resolves with it. Rejects
 * after the deadline with what was waited for and the last thing that `check` threw.
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  { deadlineMs = 30_000, tick }: EventuallyOptions = {},
): Promise<T> {
  const start = process.hrtime.bigint();
  let thrown: unknown;
  for (let ticks = 0; ; ticks += 1) {
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found;
      thrown = undefined;
    } catch (error) {
      thrown = error;
    }
    const elapsedMs = Number(process.hrtime.bigint() - start) / 1e6;
    if (elapsedMs > deadlineMs || (tick && ticks > longestWaitInTicks)) {
      throw new Error(`Waited in vain for: ${what}`, { cause: thrown });
    }
    await (tick ? tick() : scheduler.wait(25));
  }
}

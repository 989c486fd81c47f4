const firstDelayMs = 1_000;
/** Before the spread of 25 %. */
export const longestDelayMs = 300_000;

/**
 * Time to wait before the next attempt. The first restart is made at once; then 1 s, doubling to 5 minutes, each ±25
 * % so that
 * instances that failed together do not come back together.
 *
 * @param failures attempts that ended in a row, at least 1 when something has to be restarted
 * @param random01 a number in [0, 1) that spreads the delay
 */
export function restartDelayMs(failures: number, random01: number): number {
  if (failures <= 1) return 0;
  const delayMs = Math.min(firstDelayMs * 2 ** Math.min(failures - 2, 30), longestDelayMs);
  return Math.round(delayMs * (0.75 + 0.5 * random01));
}

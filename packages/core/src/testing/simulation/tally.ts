import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';

/**
 * Counts the effects of a history (calls of driver or store that were carried out or disturbed) and folds each into one
 * hash: two runs of a seed have the same one, or the simulation is not deterministic.
 */
export interface Tally {
  readonly random: Random;
  effects: number;
  disturbed: number;
  /** Share of calls that are disturbed; 0 once the faults have stopped. */
  rate: number;
  note(line: string): void;
  /** 53 bits, as hexadecimal digits. */
  hash(): string;
  /** The last lines, oldest first. */
  tail(): readonly string[];
}

export function createTally(
  clock: Clock,
  random: Random,
  { rate, tailLines }: { readonly rate: number; readonly tailLines: number },
): Tally {
  const lines: string[] = [];
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  return {
    random,
    rate,
    effects: 0,
    disturbed: 0,
    note(what) {
      const line = `${Math.round(clock.monotonic())} ${what}`;
      for (let index = 0; index < line.length; index += 1) {
        const unit = line.charCodeAt(index);
        high = Math.imul(high ^ unit, 2_654_435_761);
        low = Math.imul(low ^ unit, 1_597_334_677);
      }
      high = (high << 13) | (high >>> 19);
      lines.push(line);
      if (lines.length > 2 * tailLines) lines.splice(0, tailLines);
    },
    hash: () => (4_294_967_296 * (2_097_151 & high) + (low >>> 0)).toString(16).padStart(14, '0'),
    tail: () => lines.slice(-tailLines),
  };
}

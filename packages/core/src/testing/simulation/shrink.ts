import { type SimulationResult, simulate } from './simulate.js';
import type { SimulationOptions } from './simulation-options.js';

export interface ShrinkOptions {
  /** Histories that are tried at most. [150] */
  readonly tries?: number | undefined;
}

/**
 * Makes a failing history small: steps are left out, half of them first, then less and less, as long as the same
 * promise is still broken; and faults that are not needed are switched off. Returns the smallest one, with the options
 * that replay it, or undefined when the history does not fail at all.
 */
export async function shrinkSimulation(
  options: SimulationOptions,
  { tries = 150 }: ShrinkOptions = {},
): Promise<{ readonly options: SimulationOptions; readonly result: SimulationResult } | undefined> {
  const first = await simulate(options);
  const broken = first.violations[0]?.invariant;
  if (broken === undefined) return undefined;
  let smallest = { options, result: first };
  let left = tries;
  const attempt = async (candidate: SimulationOptions): Promise<boolean> => {
    if (left <= 0) return false;
    left -= 1;
    const result = await simulate(candidate);
    if (result.violations[0]?.invariant !== broken) return false;
    smallest = { options: candidate, result };
    return true;
  };
  // What the end alone shows needs no later effects than it had.
  const effects = first.violations[0]?.effects ?? options.effects ?? 2_000;
  if (effects < (options.effects ?? 2_000)) await attempt({ ...options, effects: effects + 1 });
  await attempt({ ...smallest.options, crashes: false });
  await attempt({ ...smallest.options, faultRate: 0 });
  for (let parts = 2; parts <= 32; parts *= 2) await leaveOut(parts, () => smallest, attempt);
  return smallest;
}

/** Tries the history without each of so many equal parts of its steps. */
async function leaveOut(
  parts: number,
  smallest: () => { readonly options: SimulationOptions; readonly result: SimulationResult },
  attempt: (candidate: SimulationOptions) => Promise<boolean>,
): Promise<void> {
  for (let part = 0; part < parts; part += 1) {
    const { options, result } = smallest();
    const steps = result.operations.map(({ step }) => step);
    const size = Math.ceil(steps.length / parts);
    const only = new Set([...steps.slice(0, part * size), ...steps.slice((part + 1) * size)]);
    if (only.size < steps.length) await attempt({ ...options, only });
  }
}

import { parseArgs } from 'node:util';
import type { ChaosDriver, ChaosPart } from './plan.js';

/** What one run is told. */
export interface ChaosOrder {
  readonly driver: ChaosDriver;
  readonly part: ChaosPart;
  readonly seed: number;
  readonly short: boolean;
  /** The bundled host. */
  readonly program: string;
}

export function readOrder(argv: readonly string[]): ChaosOrder {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      driver: { type: 'string', default: 'docker' },
      part: { type: 'string', default: 'churn' },
      seed: { type: 'string', default: '1' },
      short: { type: 'boolean', default: false },
      program: { type: 'string', default: '' },
    },
  });
  return {
    driver: values.driver as ChaosDriver,
    part: values.part as ChaosPart,
    seed: Number(values.seed),
    short: values.short,
    program: values.program,
  };
}

/** One measured figure, as `npm run bench` reads it from the output. */
export interface Figure {
  /** What was measured, e.g. `deploy to healthy, one at a time, p50`. */
  readonly what: string;
  /** With its unit, e.g. `1.04 × floor (412 ms)`. */
  readonly measured: string;
  /** What it has to be, with its unit, e.g. `at most 1.10 × floor`. */
  readonly bar: string;
  readonly met: boolean;
}

/** Prints a figure on a line of its own. */
export function figure({ what, measured, bar, met }: Figure): void {
  const cells = [what, measured, bar, met ? 'met' : 'missed'].map((cell) => cell.replaceAll('|', '/'));
  process.stdout.write(`figure: ${cells.join(' | ')}\n`);
}

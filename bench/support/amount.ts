/**
 * How much is measured: `--pairs 20` where the benchmark is run by itself, `BENCH_PAIRS=20` where `npm run bench` runs
 * it, else the default, which is what the bar asks for.
 */
export function amount(name: string, byDefault: number): number {
  const flag = process.argv.indexOf(`--${name}`);
  const given = flag < 0 ? process.env[`BENCH_${name.toUpperCase()}`] : process.argv[flag + 1];
  if (given === undefined) return byDefault;
  const parsed = Number(given);
  if (Number.isInteger(parsed) && parsed > 0) return parsed;
  throw new Error(`--${name} takes a whole number above 0, not "${given}"`);
}

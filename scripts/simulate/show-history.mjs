/** One history that fails: what it broke, made as small as it gets, with its steps and its last calls. */
export async function showHistory(bundle, options) {
  const { shrinkSimulation, simulate } = await import(bundle);
  const whole = await simulate(options);
  if (whole.violations.length === 0) return whole;
  const lines = [`seed ${options.seed}, ${options.level}: ${whole.operations.length} steps; making it small …`];
  const small = (await shrinkSimulation(options)) ?? { options, result: whole };
  const { result } = small;
  lines.push(...result.trace.map((line) => `  ${line}`));
  lines.push('', `The ${result.operations.length} steps that are left:`);
  lines.push(...result.operations.map(({ step, what }) => `  ${step}: ${what}`));
  lines.push('', `replay: ${replayOf(small)}`);
  lines.push('', ...result.violations.map(describeViolation));
  process.stdout.write(`${lines.join('\n')}\n`);
  return whole;
}

export const describeViolation = ({ invariant, message, effects, atMs }) =>
  `${invariant} after ${effects} effects, ${(atMs / 1000).toFixed(1)} s: ${message}`;

function replayOf({ options, result }) {
  const { seed, level, effects, only, faultRate, crashes } = options;
  const steps = result.operations.map(({ step }) => step).join(',');
  const without = [
    ...(faultRate === undefined ? [] : [`--fault-rate ${faultRate}`]),
    ...(crashes === false ? ['--no-crashes'] : []),
  ];
  const parts = [
    'npm run simulate --',
    `--seed ${seed} --level ${level} --events ${effects}`,
    // A history that gets no smaller is told as it was: which steps there are depends on it.
    ...(only === undefined ? [] : [`--only ${steps}`]),
    ...without,
  ];
  return parts.join(' ');
}

import { parseArgs } from 'node:util';

export const usage = `npm run simulate -- [--seeds N] [--events M] [--level container|workload|both] [--seed S] [--twice]
  --seeds N    histories [200]; --events M  effects of each until the faults stop [2000]
  --seed S     begin with this seed [a random one, printed]; with --seeds 1 the history is shown and made small
  --lines N    last lines of its trace that are shown [60]
  --only 1,2   of one history, only these steps; --fault-rate 0, --no-crashes: without these faults
  --twice      each history two times: the traces have to be the same
npm run simulate -- --planted [--seeds N] [--events M] [--plant name]
  plants known bugs one at a time and looks for each in up to N [2000] histories`;

function wholeNumber(name, text, fallback) {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${name} takes a whole number, not "${text}"\n${usage}`);
  return value;
}

/** The command line, checked. */
export function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      seeds: { type: 'string' },
      events: { type: 'string' },
      seed: { type: 'string' },
      level: { type: 'string', default: 'both' },
      only: { type: 'string' },
      lines: { type: 'string' },
      'fault-rate': { type: 'string' },
      'no-crashes': { type: 'boolean', default: false },
      twice: { type: 'boolean', default: false },
      planted: { type: 'boolean', default: false },
      plant: { type: 'string' },
    },
  });
  if (!['container', 'workload', 'both'].includes(values.level))
    throw new Error(`--level is no "${values.level}"\n${usage}`);
  const single = values.seed !== undefined && values.seeds === undefined;
  return {
    ...values,
    levels: values.level === 'both' ? ['container', 'workload'] : [values.level],
    seeds: wholeNumber('seeds', values.seeds, values.planted ? 2_000 : single ? 1 : 200),
    effects: wholeNumber('events', values.events, 2_000),
    seed: wholeNumber('seed', values.seed, undefined),
    // What makes one history another one than its seed alone.
    history: {
      traceLines: wholeNumber('lines', values.lines, 60),
      ...(values.only !== undefined && { only: new Set(values.only.split(',').map(Number)) }),
      ...(values['fault-rate'] !== undefined && { faultRate: Number(values['fault-rate']) }),
      ...(values['no-crashes'] && { crashes: false }),
    },
  };
}

import { rmSync } from 'node:fs';
import { buildFrom } from './build-simulator.mjs';
import { misfits, plant, plantedBugs } from './planted-bugs.mjs';
import { runSeeds } from './run-seeds.mjs';

/** The check of the checker: each planted bug has to be found. Prints the table; false when one is not found. */
export async function runPlanted({ seeds, effects, seed = 1, plant: only }) {
  const rows = [];
  const bugs = plantedBugs(only);
  const wrong = misfits(bugs);
  if (wrong.length > 0) throw new Error(wrong.map(({ path, message }) => `${path} ${message}`).join('\n'));
  for (const bug of bugs) {
    const began = performance.now();
    const found = await findBug(bug, { seeds, effects, seed });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    rows.push({ bug, found });
    const what = found.result
      ? `found by ${found.result.violations[0].invariant} in ${found.tried} seeds`
      : `NOT FOUND in ${found.tried} seeds`;
    process.stdout.write(`${bug.name}: ${what}, ${seconds} s\n`);
  }
  process.stdout.write(`\n${table(rows)}\n`);
  const missed = rows.filter(({ found }) => !found.result).length;
  process.stdout.write(`${rows.length} planted bugs, ${missed} not found\n`);
  return missed === 0;
}

async function findBug(bug, { seeds, effects, seed }) {
  const folder = plant(bug);
  const bundle = await buildFrom(folder);
  const tasks = Array.from({ length: seeds }, (_, index) => ({ seed: seed + index, level: bug.level, effects }));
  let tried = 0;
  let caught;
  await runSeeds(bundle, tasks, (result) => {
    tried += 1;
    if (result.error) throw new Error(`${bug.name}, seed ${result.seed}: the simulator failed: ${result.error}`);
    if (result.violations.length > 0) caught = result;
    return caught !== undefined;
  });
  rmSync(folder, { recursive: true, force: true });
  return { result: caught, tried };
}

function table(rows) {
  const lines = rows.map(({ bug, found }) => {
    const [violation] = found.result?.violations ?? [];
    const cells = [
      bug.name,
      bug.description,
      violation?.invariant ?? '–',
      found.result ? String(found.tried) : `not in ${found.tried}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| planted | what it does wrong | found by | within seeds |', '|---|---|---|---|', ...lines].join('\n');
}

// `npm run simulate -- --seeds N --events M`: histories of whole hosts on a virtual clock, with faults; exit 1 on any violation.
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { exitWith } from './lib/run.mjs';
import { root } from './lib/workspace.mjs';
import { buildSimulator } from './simulate/build-simulator.mjs';
import { readOptions } from './simulate/options.mjs';
import { runPlanted } from './simulate/run-planted.mjs';
import { runSeeds } from './simulate/run-seeds.mjs';
import { describeViolation, showHistory } from './simulate/show-history.mjs';

/** The commit that is checked out, with a plus when the tree has changes; outside of a repository: unknown. */
function commit() {
  try {
    const git = (...args) =>
      execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain', 'packages/core/src') ? '+' : ''}`;
  } catch {
    return 'unknown';
  }
}

async function simulateSeeds(bundle, options, first) {
  const { seeds, effects, levels, twice } = options;
  // Half of the seeds at each level, when there are two.
  const tasks = Array.from({ length: seeds }, (_, index) => ({
    ...{ effects, twice, seed: first + index },
    level: levels[index % levels.length],
  }));
  const sums = { effects: 0, disturbed: 0, crashes: 0, fewest: Number.POSITIVE_INFINITY, violations: 0 };
  const at = commit();
  await runSeeds(bundle, tasks, (result) => {
    if (result.error) throw new Error(`seed ${result.seed}, ${result.level}: the simulator failed: ${result.error}`);
    sums.effects += result.effects;
    sums.disturbed += result.disturbed;
    sums.crashes += result.crashes;
    sums.fewest = Math.min(sums.fewest, result.deployments);
    const broken = result.violations.map(describeViolation);
    if (!result.replayed) broken.push('The same seed has another trace the second time');
    sums.violations += broken.length;
    if (broken.length === 0) return;
    const again = `npm run simulate -- --seed ${result.seed} --level ${result.level} --events ${effects}`;
    process.stdout.write(
      `seed ${result.seed}, commit ${at}\n${broken.map((line) => `  ${line}\n`).join('')}  replay: ${again}\n`,
    );
  });
  return sums;
}

function printSums({ effects, disturbed, crashes, fewest }, seconds) {
  const share = ((100 * disturbed) / Math.max(1, effects)).toFixed(1);
  const per = Math.round(effects / Math.max(1, crashes));
  process.stdout.write(
    `${seconds.toFixed(1)} s; ${share} % of the effects disturbed, a crash every ${per}, at least ${fewest} deployments\n`,
  );
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.planted) {
    process.exitCode = (await runPlanted(options)) ? 0 : 1;
    return;
  }
  const bundle = await buildSimulator();
  const first = options.seed ?? randomInt(2 ** 31);
  const began = performance.now();
  const { seeds, effects, levels, history } = options;
  process.stdout.write(`${seeds} seeds from ${first} on, commit ${commit()}\n`);
  let sums;
  if (seeds === 1 && options.seed !== undefined && !options.twice) {
    const level = levels[0];
    const result = await showHistory(bundle, { seed: first, level, effects, ...history });
    sums = { ...result, fewest: result.deployments, violations: result.violations.length };
  } else sums = await simulateSeeds(bundle, options, first);
  printSums(sums, (performance.now() - began) / 1000);
  process.stdout.write(`${seeds} seeds, ${sums.effects} effects, ${sums.violations} violations\n`);
  process.exitCode = sums.violations === 0 ? 0 : 1;
}

main().catch(exitWith);

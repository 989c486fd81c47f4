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

const none = Number.POSITIVE_INFINITY;

async function simulateSeeds(bundle, options, first) {
  const { seeds, effects, levels, twice } = options;
  // Half of the seeds at each level, when there are two.
  const tasks = Array.from({ length: seeds }, (_, index) => ({
    ...{ effects, twice, seed: first + index },
    level: levels[index % levels.length],
  }));
  const sums = { effects: 0, disturbed: 0, crashes: 0, violations: 0, fewest: none, fewestHosts: none };
  const at = commit();
  await runSeeds(bundle, tasks, (result) => {
    if (result.error) throw new Error(`seed ${result.seed}, ${result.level}: the simulator failed: ${result.error}`);
    sums.effects += result.effects;
    sums.disturbed += result.disturbed;
    sums.crashes += result.crashes;
    const broken = result.violations.map(describeViolation);
    if (!result.replayed) broken.push('The same seed has another trace the second time');
    sums.violations += broken.length;
    if (broken.length === 0) {
      sums.fewest = Math.min(sums.fewest, result.deployments);
      sums.fewestHosts = Math.min(sums.fewestHosts, result.hosts);
      return;
    }
    const again = `npm run simulate -- --seed ${result.seed} --level ${result.level} --events ${effects}`;
    process.stdout.write(
      `seed ${result.seed}, commit ${at}\n${broken.map((line) => `  ${line}\n`).join('')}  replay: ${again}\n`,
    );
  });
  return sums;
}

/** What a run of many histories has to be like: how much is disturbed, and how large each history is. */
const bars = { disturbed: 0.05, effectsPerCrash: 220, deployments: 20, hosts: 2 };
/** Fewer say nothing about shares and means. */
const manySeeds = 100;

/** Prints what the run was like; false when it was too tame. */
function judgeSums({ effects, disturbed, crashes, fewest, fewestHosts }, seconds, { seeds, effects: wanted }) {
  const share = disturbed / Math.max(1, effects);
  const per = Math.round(effects / Math.max(1, crashes));
  const parts = [
    `${(100 * share).toFixed(1)} % of the effects disturbed`,
    `a crash every ${per}`,
    `at least ${fewest} deployments and ${fewestHosts} hosts in each`,
  ];
  process.stdout.write(`${seconds.toFixed(1)} s; ${parts.join(', ')}\n`);
  if (seeds < manySeeds) return true;
  const tame = [
    share < bars.disturbed && `less than ${100 * bars.disturbed} % of the effects are disturbed`,
    per > bars.effectsPerCrash && `there are more than ${bars.effectsPerCrash} effects for each crash`,
    fewest < bars.deployments &&
      `a history has ${fewest} deployments, and should have ${bars.deployments}: give more --events`,
    fewestHosts < bars.hosts && `a history has ${fewestHosts} hosts at once, and should have ${bars.hosts}`,
    effects < seeds * wanted && `${effects} effects are fewer than ${seeds} × ${wanted}`,
  ].filter(Boolean);
  for (const why of tame) process.stdout.write(`too tame: ${why}\n`);
  return tame.length === 0;
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
  const single = seeds === 1 && options.seed !== undefined && !options.twice;
  let violations;
  let tame = false;
  let done;
  if (single) {
    const result = await showHistory(bundle, { seed: first, level: levels[0], effects, ...history });
    done = result.effects;
    violations = result.violations.length;
  } else {
    const sums = await simulateSeeds(bundle, options, first);
    done = sums.effects;
    violations = sums.violations;
    tame = violations === 0 && !judgeSums(sums, (performance.now() - began) / 1000, options);
  }
  process.stdout.write(`${seeds} seeds, ${done} effects, ${violations} violations\n`);
  process.exitCode = violations === 0 && !tame ? 0 : 1;
}

main().catch(exitWith);

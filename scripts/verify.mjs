// `npm run verify`: everything that CI checks without running a service. One line per step; output only where one fails.
import { availableParallelism } from 'node:os';
import { checkDocs } from './docs.mjs';
import { CommandFailed, exitWith, mapLimit, runNode } from './lib/run.mjs';
import { tools, workspacesIn } from './lib/workspace.mjs';
import { setup } from './setup.mjs';
import { tidy } from './tidy.mjs';

const say = (line) => process.stdout.write(`${line}\n`);

/** A check of ours as a step: fails with its problems as output. */
async function demandNone(title, problems) {
  if (problems.length === 0) return;
  const output = problems.map(({ path, line, message }) => `${path}:${line}: ${message}`).join('\n');
  throw new CommandFailed(title, `${problems.length} problems`, output);
}

/** publint and attw look at each package as npm would pack it. */
async function packageShape() {
  const failures = [];
  await mapLimit(workspacesIn('packages'), 2, async ({ name, folder }) => {
    const checks = [
      [`publint of ${name}`, [tools.publint, folder, '--strict']],
      [`attw of ${name}`, [tools.attw, '--pack', folder, '--profile', 'esm-only', '--no-emoji']],
    ];
    for (const [title, args] of checks) await runNode(title, args).catch((error) => failures.push(error));
  });
  if (failures.length === 0) return;
  throw new CommandFailed(
    'Package shape',
    failures.map(({ message }) => message).join('; '),
    failures.map(({ output }) => output).join('\n'),
  );
}

async function buildAndShape() {
  await setup(() => {});
  await packageShape();
}

const vitestUnit = [tools.vitest, 'run', '--project', 'unit', '--reporter=dot', '--silent=passed-only'];

const steps = [
  ['format and lint', () => runNode('biome', [tools.biome, 'check', '--error-on-warnings', '.'])],
  ['tidy', async () => demandNone('tidy', await tidy())],
  ['types', () => runNode('tsc', [tools.tsc, '-p', '.'])],
  ['unit tests', () => runNode('vitest', vitestUnit)],
  ['docs', async () => demandNone('docs', await checkDocs())],
  ['unused code', () => runNode('knip', [tools.knip, '--no-progress'])],
  ['build and package shape', buildAndShape],
  ['API pages', () => runNode('typedoc', [tools.typedoc, '--emit', 'none'])],
];

async function timed(title, task) {
  const start = performance.now();
  const error = await task().then(
    () => undefined,
    (thrown) => thrown,
  );
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  say(`${error ? 'FAILED' : 'ok    '} ${title} (${seconds} s)`);
  if (error) say([error.output?.trimEnd(), error.message].filter(Boolean).join('\n'));
  return error === undefined;
}

async function main() {
  const start = performance.now();
  if (!(await timed('install', () => setup(say, { build: false })))) process.exit(1);
  const lanes = Math.min(2, availableParallelism());
  const passed = await mapLimit(steps, lanes, ([title, task]) => timed(title, task));
  const failed = steps.filter((_, index) => !passed[index]).map(([title]) => title);
  const seconds = Math.round((performance.now() - start) / 1000);
  if (failed.length > 0) throw new Error(`verify: failed: ${failed.join(', ')} (${seconds} s)`);
  say(`verify: all good (${seconds} s)`);
}

main().catch(exitWith);

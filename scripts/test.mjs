// `npm test`, or `npm test -- unit docker`: the set-up, then the suites one after the other, each in a vitest of its own.
// MOORAGE_REQUIRE=docker,engine makes a suite that cannot run here a failure. With MOORAGE_SECOND_TRY=1 a few files that
// failed are run once more, and what passes only then is told. The last line is the total.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { CommandFailed, exitWith } from './lib/run.mjs';
import { chooseSuites, suites } from './lib/suites.mjs';
import { filesToRepeat, readReport, withSecondTry } from './lib/vitest-report.mjs';
import { readJson, root, tools } from './lib/workspace.mjs';
import { setup } from './setup.mjs';

const say = (line) => process.stdout.write(`${line}\n`);

/** Signals reach the vitest that runs just now; it has a process group of its own, so that a hung one ends whole. */
let endRunning = (_signal) => {};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    endRunning('SIGTERM');
    setTimeout(() => {
      endRunning('SIGKILL');
      process.exit(130);
    }, 2_000);
  });
}

/** Runs a suite: its project, and one of files that run alone, if there is one. Resolves with how its process ended. */
function runVitest(suite, reportPath, files) {
  const args = [tools.vitest, 'run', '--project', `*${suite.name}`, '--silent=passed-only', ...files];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...args, ...reporters], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    endRunning = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // it has ended already
      }
    };
    const limit = setTimeout(() => {
      say(`${suite.name}: not finished after ${suite.minutes} minutes, so it is ended`);
      endRunning('SIGKILL');
    }, suite.minutes * 60_000);
    const end = (code, signal) => {
      clearTimeout(limit);
      endRunning('SIGKILL'); // what a crashed runner left of its group
      endRunning = () => {};
      resolve({ code, signal });
    };
    child.on('error', () => end(1, null));
    child.on('exit', end);
  });
}

/** Runs these files, or all of the suite; resolves with vitest's report, if it wrote one, and how it ended. */
async function runFiles(suite, files = []) {
  const folder = mkdtempSync(join(tmpdir(), 'moorage-test-'));
  try {
    const reportPath = join(folder, 'report.json');
    const ended = await runVitest(suite, reportPath, files);
    return { report: existsSync(reportPath) ? readJson(reportPath) : undefined, ended };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runSuite(suite) {
  const first = await runFiles(suite);
  const result = readReport(first.report, first.ended);
  const files = process.env.MOORAGE_SECOND_TRY === '1' ? filesToRepeat(result) : [];
  if (files.length === 0) return result;
  say(`\n── ${suite.name}, what failed once more ──`);
  const second = await runFiles(suite, files);
  const report = withSecondTry(first.report, second.report);
  return { ...readReport(report, second.ended), secondTry: result.failures };
}

/** What the suite gave, or why it was left out. */
async function resultOf(suite) {
  const missing = await suite.missing();
  if (missing === undefined) {
    say(`\n── ${suite.name} ──`);
    return { suite, ...(await runSuite(suite)) };
  }
  if (!suite.required) return { suite, missing };
  const message = `required, but ${missing}`;
  say(`\n── ${suite.name} ──\n${message}`);
  return { suite, passed: 0, failed: 1, skipped: 0, failures: [{ file: '', name: suite.name, message }] };
}

function report(results) {
  const ran = results.filter(({ missing }) => missing === undefined);
  say('');
  const tell = (what, suite, { file, name, message }) =>
    say(`${what}: [${suite.name}] ${[file && relative(root, file), name, message].filter(Boolean).join(' > ')}`);
  for (const { suite, failures, secondTry = [] } of ran) {
    for (const failure of failures) tell('failed', suite, failure);
    const again = new Set(failures.map(({ file, name }) => `${file} ${name}`));
    for (const once of secondTry) if (!again.has(`${once.file} ${once.name}`)) tell('failed once', suite, once);
  }
  for (const { suite, skipped } of ran) if (skipped > 0) say(`${suite.name}: ${skipped} skipped by themselves`);
  for (const { name } of suites) {
    const result = results.find(({ suite }) => suite.name === name);
    if (result && result.missing === undefined) continue;
    say(`not run: ${name}: ${result?.missing ?? 'not asked for'}. To run it: npm test -- ${name}`);
  }
  for (const { suite, passed, failed } of ran) say(`${suite.name}: ${passed} passed, ${failed} failed`);
  const sum = (key) => ran.reduce((total, result) => total + result[key], 0);
  say(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 && ran.length > 0;
}

async function main() {
  const chosen = chooseSuites(process.argv.slice(2), process.env.MOORAGE_REQUIRE ?? '');
  try {
    await setup(say);
  } catch (error) {
    if (error instanceof CommandFailed) say(error.output.trimEnd());
    say(`failed: [setup] ${error.message}\n0 passed, 1 failed`);
    process.exit(1);
  }
  const results = [];
  for (const suite of chosen) results.push(await resultOf(suite));
  process.exitCode = report(results) ? 0 : 1;
}

main().catch(exitWith);

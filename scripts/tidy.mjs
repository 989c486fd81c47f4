// House rules that no linter knows: sizes, arrows, bans, packages. `node scripts/tidy.mjs` prints one line per problem.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { exitWith, isMain, run } from './lib/run.mjs';
import { arrowRules } from './lib/tidy-arrows.mjs';
import { machinePaths, packageProblems } from './lib/tidy-packages.mjs';
import { parseSource, sourceRules } from './lib/tidy-source.mjs';
import { readJson, root, workspacesIn } from './lib/workspace.mjs';
import { misfits, plantedBugs } from './simulate/planted-bugs.mjs';

/** Files that are, or are about to be, in the repository. */
async function trackedFiles() {
  const listed = await run('Listing the files (git)', 'git', ['ls-files', '-z', '-co', '--exclude-standard']);
  const isFile = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile();
  return listed.split('\0').filter((path) => path && isFile(path));
}

/** Problems of one source file: `[{ line, message }]`. */
export function sourceProblems(path, text) {
  const file = parseSource(path, text);
  return Object.values({ ...sourceRules, ...arrowRules }).flatMap((rule) => rule(file));
}

/** The rules for sizes, which hold for scripts as well. */
function scriptProblems(path, text) {
  const file = parseSource(path, text);
  const { fileLength, functionLength, unownedNotes } = sourceRules;
  return [fileLength, functionLength, unownedNotes].flatMap((rule) => rule(file));
}

export async function tidy() {
  const problems = [];
  for (const path of await trackedFiles()) {
    if (path === 'package-lock.json' || /\.(png|ico|gz|tgz|woff2?)$/.test(path)) continue;
    const text = readFileSync(join(root, path), 'utf8');
    problems.push(...machinePaths(path, text));
    if (/\.tsx?$/.test(path)) problems.push(...sourceProblems(path, text).map((problem) => ({ path, ...problem })));
    if (/\.mjs$/.test(path)) problems.push(...scriptProblems(path, text).map((problem) => ({ path, ...problem })));
  }
  const packages = workspacesIn('packages').map((entry) => ({
    ...entry,
    files: readdirSync(join(root, entry.folder)),
  }));
  problems.push(...packageProblems(packages, readJson(join(root, 'package.json'))));
  problems.push(...misfits(plantedBugs()));
  return problems;
}

async function main() {
  const problems = await tidy();
  for (const { path, line, message } of problems) process.stdout.write(`${path}:${line}: ${message}\n`);
  if (problems.length > 0) throw new Error(`tidy: ${problems.length} problems`);
}

if (isMain(import.meta.url)) main().catch(exitWith);

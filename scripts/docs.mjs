// `node scripts/docs.mjs`: checks the pages (snippets, links, tables against the code). `--write` takes the snippets over anew.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from './lib/bundle.mjs';
import { anchorsOf, linksOf } from './lib/links.mjs';
import { exitWith, isMain, run } from './lib/run.mjs';
import { checkSnippets } from './lib/snippets.mjs';
import { errorTableProblems, manifestTableProblems } from './lib/tables.mjs';
import { root } from './lib/workspace.mjs';

const read = (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined);

async function pages() {
  const pattern = ['ls-files', '-z', '-co', '--exclude-standard', '--', '*.md'];
  const listed = await run('Listing the pages (git)', 'git', pattern);
  return listed.split('\0').filter((path) => path && existsSync(join(root, path)));
}

function linkProblems(path, page) {
  return linksOf(page).flatMap(({ line, target, path: to, anchor }) => {
    const file = to === '' ? path : normalize(join(dirname(path), to));
    if (!existsSync(join(root, file))) return [{ line, message: `the link ${target} leads nowhere` }];
    if (!anchor || statSync(join(root, file)).isDirectory() || !file.endsWith('.md')) return [];
    return anchorsOf(read(file)).includes(anchor) ? [] : [{ line, message: `${file} has no heading for #${anchor}` }];
  });
}

async function tableProblems() {
  const built = await bundle('packages/protocol/src/index.ts', 'protocol', { source: true });
  const { errorTable, manifestSchema } = await import(pathToFileURL(built).href);
  const checks = [
    ['docs/errors.md', (page) => errorTableProblems(page, errorTable)],
    ['docs/manifest.md', (page) => manifestTableProblems(page, manifestSchema)],
  ];
  return checks.flatMap(([path, check]) => check(read(path) ?? '').map((message) => ({ path, line: 1, message })));
}

/** All that is wrong with the pages. `write`: snippets are taken over from their sources first. */
export async function checkDocs({ write = false } = {}) {
  const problems = [];
  for (const path of await pages()) {
    const page = read(path);
    const checked = checkSnippets(page, read);
    if (write && checked.text !== page) writeFileSync(join(root, path), checked.text);
    const snippets = write ? checkSnippets(checked.text, read).problems : checked.problems;
    problems.push(...[...snippets, ...linkProblems(path, page)].map((problem) => ({ path, ...problem })));
  }
  return [...problems, ...(await tableProblems())];
}

async function main() {
  const problems = await checkDocs({ write: process.argv.includes('--write') });
  for (const { path, line, message } of problems) process.stdout.write(`${path}:${line}: ${message}\n`);
  if (problems.length > 0) throw new Error(`docs: ${problems.length} problems`);
}

if (isMain(import.meta.url)) main().catch(exitWith);

// `npm run bench [-- name…] [--write]`: runs bench/<name>.bench.ts against the built packages, one after the other.
// Those on a cluster run by `npm run bench:kubernetes` (`--kubernetes`), or where they are named.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { bundle } from './lib/bundle.mjs';
import { figuresIn, withFigures } from './lib/figures.mjs';
import { exitWith, runNode } from './lib/run.mjs';
import { suites } from './lib/suites.mjs';
import { root } from './lib/workspace.mjs';
import { setup } from './setup.mjs';

const page = join(root, 'docs/benchmarks.md');
const suffix = '.bench.ts';
const needsCluster = (name) => name.startsWith('kubernetes-');

function chooseBenchmarks(selected, onCluster) {
  const known = readdirSync(join(root, 'bench'))
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .sort();
  const wrong = selected.filter((name) => !known.includes(name));
  if (wrong.length > 0) throw new Error(`No such benchmark: ${wrong.join(', ')}. There are ${known.join(', ')}`);
  return selected.length > 0 ? selected : known.filter((name) => needsCluster(name) === onCluster);
}

async function demandCluster() {
  const missing = await suites.find(({ name }) => name === 'kubernetes').missing();
  if (missing !== undefined) throw new Error(`The benchmarks on Kubernetes cannot run: ${missing}`);
}

/** Runs one in a Node of its own, with the garbage collector at hand for figures of memory. */
async function runBenchmark(name) {
  process.stdout.write(`\n── ${name} ──\n`);
  const script = await bundle(`bench/${name}${suffix}`, `bench-${name}`);
  const onOutput = (chunk) => process.stdout.write(chunk);
  // Without source maps: a map that is read in the middle of a benchmark counts as what a host keeps.
  const args = ['--expose-gc', script];
  return { name, figures: figuresIn(await runNode(`The benchmark ${name}`, args, { onOutput })) };
}

function machine() {
  const { model = 'unknown processor' } = cpus()[0] ?? {};
  return `${availableParallelism()} × ${model.trim()}, ${type()} ${release()}, Node ${process.versions.node}`;
}

async function main() {
  const args = process.argv.slice(2);
  const names = chooseBenchmarks(
    args.filter((arg) => arg !== '--write' && arg !== '--kubernetes'),
    args.includes('--kubernetes'),
  );
  if (names.some(needsCluster)) await demandCluster();
  await setup();
  const results = [];
  for (const name of names) results.push(await runBenchmark(name));
  if (args.includes('--write')) {
    const date = new Date().toISOString().slice(0, 10);
    writeFileSync(page, withFigures(readFileSync(page, 'utf8'), results, { date, machine: machine() }));
  }
  const figures = results.flatMap((result) => result.figures);
  const missed = figures.filter(({ met }) => !met).length;
  process.stdout.write(`\n${figures.length} figures, ${missed} missed\n`);
  process.exitCode = missed === 0 ? 0 : 1;
}

main().catch((error) => {
  error.output = ''; // shown already
  exitWith(error);
});

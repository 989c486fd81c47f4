// `npm run chaos [-- --short] [--driver docker,process] [--seed S]`: real engines under churn while hosts, database and
// engine are killed. Its last line is `K kills, R requests, V violations`; exit 1 on any violation.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundle } from './lib/bundle.mjs';
import { exitWith } from './lib/run.mjs';
import { suites } from './lib/suites.mjs';
import { root } from './lib/workspace.mjs';
import { setup } from './setup.mjs';

const drivers = ['docker', 'process', 'kubernetes', 'memory'];
const usage = `npm run chaos -- [--driver ${drivers.join('|')}|walls][,…] [--seed S] [--short]
  --driver   engines, one after the other [docker, walls, process, and kubernetes where a cluster is named]
             docker is an engine of its own that is killed too; walls is the machine's, for what keeps tenants apart
  --seed S   the schedule of that seed again [a random one, printed]
  --short    the form for CI, a few minutes in all`;

function readOptions() {
  const { values } = parseArgs({
    options: { driver: { type: 'string' }, seed: { type: 'string' }, short: { type: 'boolean', default: false } },
  });
  const chosen = values.driver?.split(',');
  const wrong = chosen?.find((name) => name !== 'walls' && !drivers.includes(name));
  if (wrong !== undefined) throw new Error(`There is no engine "${wrong}"\n${usage}`);
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed takes a whole number, not "${values.seed}"`);
  return { chosen, seed, short: values.short };
}

/** What is run when nothing is chosen; a suite's needs are ours too. */
async function usualEngines() {
  const needs = { docker: 'engine', walls: 'docker', process: 'local', kubernetes: 'kubernetes' };
  const found = [];
  for (const [name, suite] of Object.entries(needs)) {
    const missing = await suites.find((one) => one.name === suite).missing();
    if (missing === undefined) found.push(name);
    else process.stdout.write(`${name} is left out: ${missing}\n`);
  }
  return found;
}

/** A run in a process of its own; an engine that is killed gets a network of its own with it. */
function command(name, args) {
  const node = [process.execPath, '--enable-source-maps', ...args];
  if (name !== 'docker') return node;
  const up = '{ ip link set lo up || busybox ip link set lo up; } && exec "$0" "$@"';
  return ['unshare', '--net', '--', 'sh', '-c', up, ...node];
}

function runEngine(name, args) {
  const [program, ...rest] = command(name, args);
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    // It takes away what it has made.
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill('SIGTERM'));
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const [, ...sums] = /^(\d+) kills, (\d+) requests, (\d+) violations$/m.exec(output) ?? [];
      if (sums.length === 0) return reject(new Error(`Chaos on ${name} ended without a result (exit code ${code})`));
      resolve(sums.map(Number));
    });
  });
}

async function main() {
  const { chosen, seed, short } = readOptions();
  await setup(undefined, { build: false });
  const program = await bundle('chaos/host.ts', `chaos-host-${process.pid}`, { source: true });
  const main = await bundle('chaos/main.ts', `chaos-${process.pid}`, { source: true });
  process.stdout.write(`seed ${seed}\n`);
  const sums = [0, 0, 0];
  process.on('exit', () => {
    for (const file of [program, main]) rmSync(file, { force: true });
  });
  for (const name of chosen ?? (await usualEngines())) {
    const [driver, part] = name === 'walls' ? ['docker', 'walls'] : [name, 'churn'];
    const args = [main, '--driver', driver, '--part', part, '--seed', seed, '--program', program].map(String);
    const found = await runEngine(name, short ? [...args, '--short'] : args);
    for (const [index, value] of found.entries()) sums[index] += value;
  }
  process.stdout.write(`${sums[0]} kills, ${sums[1]} requests, ${sums[2]} violations\n`);
  process.exitCode = sums[2] === 0 ? 0 : 1;
}

main().catch(exitWith);

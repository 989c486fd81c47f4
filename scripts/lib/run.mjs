import { spawn } from 'node:child_process';
import { root } from './workspace.mjs';

/** A command that ended badly; `output` is all that it wrote. */
export class CommandFailed extends Error {
  constructor(title, code, output) {
    super(`${title} failed (${code})`);
    this.output = output;
  }
}

/**
 * Runs our own Node with `args` and resolves with everything written. Rejects `CommandFailed` unless it exits 0.
 * `onOutput` sees the output as it comes.
 */
export function runNode(title, args, options = {}) {
  return run(title, process.execPath, args, options);
}

/** As {@link runNode}, for any command. */
export function run(title, command, args, { cwd = root, env = process.env, onOutput } = {}) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk) => {
      chunks.push(chunk);
      onOutput?.(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => reject(new CommandFailed(title, error.message, '')));
    child.on('close', (code, signal) => {
      const output = Buffer.concat(chunks).toString('utf8');
      if (code === 0) resolve(output);
      else reject(new CommandFailed(title, signal ?? `exit code ${code}`, output));
    });
  });
}

/** npm, the very one that started us when there is one. */
export function npmCommand() {
  const path = process.env.npm_execpath ?? '';
  return /npm-cli\.[cm]?js$/.test(path) ? [process.execPath, path] : ['npm'];
}

/** Runs `task` for every item, `limit` at once; results in the order of the items. */
export async function mapLimit(items, limit, task) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await task(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** Prints what failed and ends the process with exit code 1. */
export function exitWith(error) {
  if (error instanceof CommandFailed) process.stderr.write(`${error.output.trimEnd()}\n${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** True when `url` (an `import.meta.url`) is the script that Node was started with. */
export function isMain(url) {
  return process.argv[1] !== undefined && url === new URL(`file://${process.argv[1]}`).href;
}

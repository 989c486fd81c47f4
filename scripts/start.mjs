// `npm start -- [arguments]`: the set-up, then the host server with these arguments.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { exitWith } from './lib/run.mjs';
import { root } from './lib/workspace.mjs';
import { setup } from './setup.mjs';

/** Runs the server in our place: its streams, its signals and its exit code are ours. */
function runServer() {
  const main = join(root, 'examples/host-server/dist/main.js');
  const child = spawn(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to the whole group: the server has it already, and we only have to outlive it.
  const onTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  process.on('SIGINT', () => onTerminal || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', exitWith);
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

setup().then(runServer).catch(exitWith);

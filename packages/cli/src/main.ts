import { runCli } from './run-cli.js';

/** Runs the tool on this process: its arguments, streams, signals and exit code. */
export async function main(): Promise<void> {
  const ending = new AbortController();
  // A second one ends the process at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  // Whoever reads along may leave early, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    ending.abort();
  });
  process.exitCode = await runCli(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    env: process.env,
    signal: ending.signal,
  });
}

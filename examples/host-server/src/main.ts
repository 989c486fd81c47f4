import { createClosers } from './closers.js';
import { explainFailure } from './errors.js';
import { createProgress } from './progress.js';
import { removeAgents, serve } from './run.js';
import { readSettings } from './settings.js';

/** The end may take so long; what still runs then is cut off. The database repairs itself at the next start. */
const stopWithinMs = 1_800;

const closers = createClosers();
const progress = createProgress(process.stderr);

async function end(code: number): Promise<never> {
  setTimeout(() => process.exit(code), stopWithinMs).unref();
  await closers.close();
  process.exit(code);
}

function onSignal(): void {
  progress.clear();
  // A second one does not wait.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  void end(0);
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  try {
    const settings = readSettings(process.env, process.argv.slice(2));
    const work = settings.remove ? removeAgents : serve;
    const told = await work(settings, closers, progress.show);
    if (closers.closing) return;
    progress.clear();
    process.stdout.write(told);
    if (settings.remove) await end(0);
  } catch (thrown) {
    // What fails because it is being ended is no failure.
    if (closers.closing) return;
    progress.clear();
    process.stderr.write(`${explainFailure(thrown)}\n`);
    await end(1);
  }
}

await main();

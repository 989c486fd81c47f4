// Runs histories of one bundle in a thread: gets tasks, answers each with what came of it.
import { parentPort, workerData } from 'node:worker_threads';

// Errors are thrown by the thousand, and nobody reads where.
Error.stackTraceLimit = 0;
const { simulate } = await import(workerData.bundle);

parentPort.on('message', async ({ seed, level, effects, twice }) => {
  try {
    const first = await simulate({ seed, level, effects });
    const second = twice ? await simulate({ seed, level, effects }) : first;
    const { trace, operations, ...result } = first;
    parentPort.postMessage({ ...result, level, replayed: second.traceHash === first.traceHash });
  } catch (error) {
    parentPort.postMessage({ seed, level, error: String(error?.stack ?? error) });
  }
});
parentPort.postMessage({ ready: true });

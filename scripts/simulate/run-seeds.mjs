import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { root } from '../lib/workspace.mjs';

/**
 * Runs every task `{ seed, level, effects, twice }` on as many threads as there are cores. `onResult` sees each result; when it
 * returns true the rest is left out.
 */
export function runSeeds(bundle, tasks, onResult, threads = availableParallelism()) {
  return new Promise((resolve, reject) => {
    const workers = new Set();
    let next = 0;
    let open = 0;
    const end = (error) => {
      for (const worker of workers) worker.terminate();
      if (error) reject(error);
      else resolve();
    };
    const give = (worker) => {
      if (next < tasks.length) {
        open += 1;
        worker.postMessage(tasks[next++]);
      } else if (open === 0) end();
    };
    for (let index = 0; index < Math.min(threads, tasks.length); index += 1) {
      const worker = new Worker(join(root, 'scripts/simulate/worker.mjs'), {
        workerData: { bundle },
        // A history is short-lived through and through: room for it saves most of the collector's work.
        resourceLimits: { maxYoungGenerationSizeMb: 64 },
      });
      workers.add(worker);
      worker.on('error', end);
      worker.on('message', (result) => {
        if (!result.ready) {
          open -= 1;
          try {
            if (onResult(result)) return end();
          } catch (error) {
            return end(error);
          }
        }
        give(worker);
      });
    }
  });
}

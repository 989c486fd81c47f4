import { setTimeout as wait } from 'node:timers/promises';

/** Bytes in use once the garbage collector has nothing more to do. Needs `--expose-gc`. */
export async function settledHeap(): Promise<number> {
  if (!global.gc) throw new Error('The heap cannot be measured: start Node with --expose-gc');
  for (let round = 0; round < 5; round += 1) {
    // The last resort also lets go of what the collector keeps in case that it is used again, such as compiled code.
    global.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await wait(100);
  }
  return process.memoryUsage().heapUsed;
}

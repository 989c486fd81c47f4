import { setTimeout as wait } from 'node:timers/promises';

/** Bytes in use once the garbage collector has nothing more to do. Needs `--expose-gc`. */
export async function settledHeap(): Promise<number> {
  if (!global.gc) throw new Error('The heap cannot be measured: start Node with --expose-gc');
  for (let round = 0; round < 5; round += 1) {
    global.gc();
    await wait(100);
  }
  return process.memoryUsage().heapUsed;
}

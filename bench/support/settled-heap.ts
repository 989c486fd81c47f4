import { setTimeout as wait } from 'node:timers/promises';
import { queryObjects } from 'node:v8';

/** Of which there is none. */
class Nothing {}

/**
 * Bytes in use once the garbage collector has nothing more to do. Needs `--expose-gc`. `gc()` alone leaves up to a
 * megabyte that a heap snapshot does not count, compiled code for the most part; asking for the objects of a class
 * collects as a snapshot does. Code that nothing runs any more takes several rounds to go.
 */
export async function settledHeap(): Promise<number> {
  if (!global.gc) throw new Error('The heap cannot be measured: start Node with --expose-gc');
  for (let round = 0; round < 8; round += 1) {
    global.gc();
    queryObjects(Nothing);
    await wait(100);
  }
  return process.memoryUsage().heapUsed;
}

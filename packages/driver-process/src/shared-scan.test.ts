import { expect, it } from 'vitest';
import type { ProcessTable } from './process-table.js';
import { sharedScan } from './shared-scan.js';

/** A table whose scans end when the test says so, on a clock that only moves when the test moves it. */
function makeBench() {
  const scans: { end: (error?: Error) => void }[] = [];
  const waits: { ms: number; over: () => void }[] = [];
  let now = 1000;
  const row = { group: 1, session: 1, suspended: false, start: '1', cpuMs: 0 };
  const table: ProcessTable = {
    boot: async () => 'boot',
    find: async () => undefined,
    all: () => {
      const number = scans.length + 1;
      return new Promise((resolve, reject) => {
        scans.push({ end: (error) => (error ? reject(error) : resolve([{ ...row, pid: number }])) });
      });
    },
    memoryBytes: async () => undefined,
    variable: async (pid, name) => `${name} of ${pid}`,
  };
  const wait = (ms: number) => new Promise<void>((resolve) => waits.push({ ms, over: resolve }));
  const scan = sharedScan(table, { now: () => now, wait });
  /** The pids that one who asks now is told. */
  const ask = async () => (await scan()).map((one) => one.pid);
  const pass = (ms: number) => {
    now += ms;
  };
  return { scan, ask, scans, waits, pass };
}

/** Lets everything go on that waits for nothing but its turn. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('reads once for all that ask at once, with the instance that each process names', async () => {
  const { scan, scans } = makeBench();
  const answers = Promise.all(Array.from({ length: 8 }, () => scan()));
  await turn();
  scans[0]?.end();
  expect(new Set((await answers).map((rows) => JSON.stringify(rows))).size).toBe(1);
  expect((await answers)[0]).toMatchObject([{ pid: 1, instanceId: 'MOORAGE_INSTANCE_ID of 1' }]);
  expect(scans).toHaveLength(1);
});

it('gives who asks during a scan the next one, never two at a time', async () => {
  const { ask, scans } = makeBench();
  const first = ask();
  await turn();
  const later = Promise.all([ask(), ask(), ask()]);
  await turn();
  expect(scans).toHaveLength(1);
  scans[0]?.end();
  expect(await first).toEqual([1]);
  await turn();
  expect(scans).toHaveLength(2);
  scans[1]?.end();
  expect(await later).toEqual([[2], [2], [2]]);
});

it('rests as long as the scan before took, and takes in all that ask meanwhile', async () => {
  const { ask, scans, waits, pass } = makeBench();
  const first = ask();
  await turn();
  pass(700);
  scans[0]?.end();
  await first;
  pass(200);
  const asked = [ask(), ask()];
  await turn();
  expect(waits.map((one) => one.ms)).toEqual([500]);
  expect(scans).toHaveLength(1);
  asked.push(ask());
  pass(500);
  waits[0]?.over();
  await turn();
  scans[1]?.end();
  expect(await Promise.all(asked)).toEqual([[2], [2], [2]]);
  pass(1);
  const third = ask();
  await turn();
  scans[2]?.end();
  expect(await third).toEqual([3]);
  expect(waits).toHaveLength(1);
});

it('tells a failure to those who waited for that scan, and goes on', async () => {
  const { ask, scans } = makeBench();
  const failed = [ask(), ask()].map((asked) => asked.catch((error: Error) => error.message));
  await turn();
  scans[0]?.end(new Error('no ps here'));
  expect(await Promise.all(failed)).toEqual(['no ps here', 'no ps here']);
  const next = ask();
  await turn();
  scans[1]?.end();
  expect(await next).toEqual([2]);
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ProcessTable } from '../src/process-table.js';
import { systemProcessTable } from '../src/process-table.js';
import { ask, isAlive, makeBed, makeSpec, processesOf } from './kit.js';

let bed: Awaited<ReturnType<typeof makeBed>>;
beforeEach(async () => {
  bed = await makeBed();
});
afterEach(() => bed.close());

/** The system's table, which counts how often all processes are read and how many of these readings overlap. */
function countingTable() {
  const table = systemProcessTable();
  const counts = { readings: 0, underWay: 0, most: 0 };
  const counting: ProcessTable = {
    ...table,
    all: async () => {
      counts.readings += 1;
      counts.underWay += 1;
      counts.most = Math.max(counts.most, counts.underWay);
      try {
        return await table.all();
      } finally {
        counts.underWay -= 1;
      }
    },
  };
  return { table: counting, counts };
}

it('8 removals at once read the processes of the machine once at a time, and at most once each', async () => {
  const { table, counts } = countingTable();
  const driver = bed.open({}, { table });
  const specs = Array.from({ length: 8 }, () => makeSpec());
  await Promise.all(specs.map((spec) => bed.create(driver, spec)));
  for (const spec of specs) await ask(await bed.waitState(driver, spec.name, 'running'), '/health');
  expect(counts.readings).toBe(0);
  await Promise.all(specs.map((spec) => bed.remove(driver, spec.name, { graceMs: 60_000 })));
  expect(await bed.list(driver)).toEqual([]);
  for (const spec of specs) expect(await processesOf(spec.name)).toEqual([]);
  expect(counts.most).toBe(1);
  expect(counts.readings).toBeLessThanOrEqual(specs.length);
});

it('8 agents that do not end, each with a child that left its group, are ended by shared readings', async () => {
  const { table, counts } = countingTable();
  const driver = bed.open({}, { table });
  const specs = Array.from({ length: 8 }, () => makeSpec({ env: { STUBBORN: '1', ESCAPED_CHILD: '1' } }));
  await Promise.all(specs.map((spec) => bed.create(driver, spec)));
  const pids: number[] = [];
  for (const spec of specs) {
    const running = await bed.waitState(driver, spec.name, 'running');
    const { pid, children } = await ask<{ pid: number; children: number[] }>(running, '/facts');
    expect(children).toHaveLength(1);
    pids.push(pid, ...children);
  }
  await Promise.all(specs.map((spec) => bed.remove(driver, spec.name, { graceMs: 200 })));
  expect(await bed.list(driver)).toEqual([]);
  for (const pid of pids) expect(await isAlive(pid)).toBe(false);
  expect(counts.most).toBe(1);
});

it('a process that got a pid after the machine was read is not signalled', async () => {
  const system = systemProcessTable();
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  const strangerEnded = once(stranger, 'exit');
  const { pid = 0 } = stranger;
  let before: string | undefined;
  // Read while its pid was still that of a process of the instance, which ended right afterwards.
  const table: ProcessTable = {
    ...system,
    all: async () => {
      const rows = await system.all();
      if (before === undefined) return rows;
      const row = { pid, group: pid, session: pid, suspended: false, start: 'earlier', cpuMs: 0 };
      return [...rows.filter((one) => one.pid !== pid), row];
    },
    variable: async (which, name) => {
      if (which !== pid || before === undefined) return system.variable(which, name);
      const seen = before;
      before = undefined;
      return seen;
    },
  };
  try {
    const driver = bed.open({}, { table });
    const spec = makeSpec({ env: { STUBBORN: '1' } });
    await bed.create(driver, spec);
    const running = await bed.waitState(driver, spec.name, 'running');
    before = (await ask<{ value: string }>(running, '/env?name=MOORAGE_INSTANCE_ID')).value;
    await bed.remove(driver, spec.name, { graceMs: 100 });
    expect(before).toBeUndefined();
    expect(await bed.list(driver)).toEqual([]);
    expect(await isAlive(pid)).toBe(true);
  } finally {
    stranger.kill('SIGKILL');
    await strangerEnded;
  }
});

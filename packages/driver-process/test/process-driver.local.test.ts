import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, eventually, isAlive, makeBed, makeSpec, processesOf } from './kit.js';

describe('process driver', () => {
  let bed: Awaited<ReturnType<typeof makeBed>>;
  beforeEach(async () => {
    bed = await makeBed();
  });
  afterEach(() => bed.close());

  it('runs an agent that answers, and leaves nothing behind', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { GREETING: 'héllo\n世界=' } });
    await bed.create(driver, spec);
    const running = await bed.waitState(driver, spec.name, 'running');
    expect(await ask(running, '/env?name=GREETING')).toEqual({ value: 'héllo\n世界=' });
    await bed.remove(driver, spec.name);
    expect(await bed.list(driver)).toEqual([]);
    expect(await processesOf(spec.name)).toEqual([]);
    for (const part of ['instances', 'staging', 'trash', 'ports', 'volumes', 'hints']) {
      expect(await readdir(join(bed.folder, part)), part).toEqual([]);
    }
  });

  it('tells the exit code and the signal', async () => {
    const driver = bed.open();
    const coded = makeSpec({ env: { EXIT_CODE: '7' } });
    await bed.create(driver, coded);
    expect((await bed.waitState(driver, coded.name, 'exited')).exit).toMatchObject({ code: 7, oom: false });
    const killed = makeSpec();
    await bed.create(driver, killed);
    const { pid } = await ask<{ pid: number }>(await bed.waitState(driver, killed.name, 'running'), '/facts');
    process.kill(pid, 'SIGKILL');
    const { exit } = await bed.waitState(driver, killed.name, 'exited');
    expect(exit).toMatchObject({ signal: 'SIGKILL' });
    expect(exit?.code).toBeUndefined();
  });

  it('ends the whole group when the agent ends by itself', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { CHILD: '1' } });
    await bed.create(driver, spec);
    const running = await bed.waitState(driver, spec.name, 'running');
    const { children } = await ask<{ children: number[] }>(running, '/facts');
    await fetch(`http://127.0.0.1:${running.endpoint?.port}/exit?code=3`).catch(() => {});
    await bed.waitState(driver, spec.name, 'exited');
    await eventually('the child has ended', async () => !(await isAlive(children[0] ?? 0)));
  });

  it('removes an agent that ignores SIGTERM, with a child that left its group', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { STUBBORN: '1', CHILD: '1', ESCAPED_CHILD: '1' } });
    await bed.create(driver, spec);
    const { pid, children } = await ask<{ pid: number; children: number[] }>(
      await bed.waitState(driver, spec.name, 'running'),
      '/facts',
    );
    expect(children).toHaveLength(2);
    await bed.remove(driver, spec.name, { graceMs: 200 });
    for (const one of [pid, ...children]) expect(await isAlive(one)).toBe(false);
  });

  it('keeps secrets off the disk, the command lines, the list and the logs', async () => {
    const driver = bed.open();
    const secret = 'swordfish-with-ünicode';
    const spec = makeSpec({ secretEnv: { TOKEN: secret }, env: { LINES: '3' } });
    await bed.create(driver, spec);
    const running = await bed.waitState(driver, spec.name, 'running');
    expect(await ask(running, '/env?name=TOKEN')).toEqual({ value: secret });
    expect(JSON.stringify(await bed.list(driver))).not.toContain(secret);
    for (const entry of await readdir(bed.folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      expect(await readFile(join(entry.parentPath, entry.name), 'utf8'), entry.name).not.toContain(secret);
    }
    const status = JSON.parse(await readFile(join(bed.folder, 'instances', spec.name, 'status.json'), 'utf8'));
    for (const pid of [status.shim.pid, status.agent.pid]) {
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(secret);
    }
    expect(await readFile(`/proc/${status.shim.pid}/environ`, 'utf8')).not.toContain(secret);
  });

  it('does not pass the host environment on', async () => {
    const driver = bed.open();
    process.env.MOORAGE_TEST_HOST_SECRET = 'host-only';
    const spec = makeSpec();
    await bed.create(driver, spec).finally(() => delete process.env.MOORAGE_TEST_HOST_SECRET);
    const running = await bed.waitState(driver, spec.name, 'running');
    expect(await ask(running, '/env?name=MOORAGE_TEST_HOST_SECRET')).toEqual({ value: null });
    expect(await ask(running, '/env?name=PATH')).toEqual({ value: process.env.PATH });
  });

  it('pauses with memory kept, and stops with a new start on the same port and the same secrets', async () => {
    const driver = bed.open();
    const spec = makeSpec({ secretEnv: { TOKEN: 'kept' } });
    await bed.create(driver, spec);
    const first = await bed.waitState(driver, spec.name, 'running');
    await ask(first, '/count');
    await driver.park?.(spec.name, 'pause', bed.call());
    expect((await bed.find(driver, spec.name))?.state).toBe('paused');
    await driver.unpark?.(spec.name, bed.call());
    expect(await ask(first, '/count')).toEqual({ count: 2 });
    await driver.park?.(spec.name, 'stop', bed.call());
    expect((await bed.find(driver, spec.name))?.state).toBe('stopped');
    expect(await processesOf(spec.name)).toEqual([]);
    await driver.park?.(spec.name, 'stop', bed.call());
    const second = bed.open();
    await second.unpark?.(spec.name, bed.call());
    const again = await bed.waitState(second, spec.name, 'running');
    expect(again.endpoint).toEqual(first.endpoint);
    expect(await ask(again, '/count')).toEqual({ count: 1 });
    expect(await ask(again, '/env?name=TOKEN')).toEqual({ value: 'kept' });
  });

  it('stops an agent that is paused and ignores SIGTERM', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { STUBBORN: '1' }, graceMs: 100 });
    await bed.create(driver, spec);
    await ask(await bed.waitState(driver, spec.name, 'running'), '/health');
    await driver.park?.(spec.name, 'pause', bed.call());
    await driver.park?.(spec.name, 'stop', bed.call());
    expect(await processesOf(spec.name)).toEqual([]);
    await bed.remove(driver, spec.name);
    expect(await bed.list(driver)).toEqual([]);
  });

  it('keeps a volume over instances, and purges it with the last one', async () => {
    const driver = bed.open();
    const volumes = [{ name: 'data', path: '/data' }];
    const spec = makeSpec({ volumes });
    await bed.create(driver, spec);
    expect(await ask(await bed.waitState(driver, spec.name, 'running'), '/append')).toEqual({ length: 1 });
    await bed.remove(driver, spec.name, { purge: false });
    const next = makeSpec({ volumes, deploymentId: spec.deploymentId, attempt: 2, name: `${spec.name}2` });
    await bed.create(driver, next);
    expect(await ask(await bed.waitState(driver, next.name, 'running'), '/append')).toEqual({ length: 2 });
    await bed.remove(driver, next.name);
    expect(await readdir(join(bed.folder, 'volumes'))).toEqual([]);
  });

  it('measures the group', async () => {
    const driver = bed.open();
    const spec = makeSpec();
    await bed.create(driver, spec);
    await ask(await bed.waitState(driver, spec.name, 'running'), '/health');
    const [sample, ...more] = (await driver.usage?.([spec.name, 'moor-absent'], bed.call())) ?? [];
    expect(more).toEqual([]);
    expect(sample?.memoryBytes).toBeGreaterThan(1_000_000);
    expect(sample?.cpuPercent).toEqual(expect.any(Number));
    expect(sample?.diskBytes).toBe('unsupported');
  });

  it('hints what happens, also to a driver that did not make the instance', async () => {
    const [driver, other] = [bed.open(), bed.open()];
    const spec = makeSpec();
    const seen: string[] = [];
    await bed.list(other);
    const unsubscribe = other.watch?.({ owner: 'owner-1' }, (id) => seen.push(id));
    await bed.create(driver, spec);
    const running = await bed.waitState(driver, spec.name, 'running');
    await ask(running, '/health');
    await fetch(`http://127.0.0.1:${running.endpoint?.port}/exit?code=0`).catch(() => {});
    await eventually('a hint', async () => seen.includes(spec.deploymentId));
    unsubscribe?.();
  });

  it('starts 16 at once, each on a port of its own', async () => {
    const driver = bed.open();
    const specs = Array.from({ length: 16 }, () => makeSpec());
    await Promise.all(specs.map((spec) => bed.create(driver, spec)));
    const all = await Promise.all(specs.map((spec) => bed.waitState(driver, spec.name, 'running')));
    expect(new Set(all.map((one) => one.endpoint?.port)).size).toBe(16);
    await Promise.all(all.map((one) => ask(one, '/health')));
    await Promise.all(specs.map((spec) => bed.remove(driver, spec.name, { graceMs: 5000 })));
    expect(await bed.list(driver)).toEqual([]);
  });
});

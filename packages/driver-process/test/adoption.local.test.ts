import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InstanceSpec } from '@moorage/core/driver';
import { build } from 'tsup';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, eventually, isAlive, makeBed, makeSpec, processesOf } from './kit.js';

let bundle: string;
beforeAll(async () => {
  bundle = await mkdtemp(join(tmpdir(), 'moorage-crash-'));
  await build({
    entry: [fileURLToPath(new URL('crash-host.ts', import.meta.url))],
    outDir: bundle,
    config: false,
    format: 'esm',
    target: 'node20',
    silent: true,
    clean: false,
    skipNodeModulesBundle: false,
    noExternal: [/.*/],
    outExtension: () => ({ js: '.mjs' }),
    esbuildOptions: (options) => {
      options.conditions = ['@moorage/source'];
    },
  });
});
afterAll(() => rm(bundle, { recursive: true, force: true }));

let bed: Awaited<ReturnType<typeof makeBed>>;
beforeEach(async () => {
  bed = await makeBed();
});
afterEach(() => bed.close());

/** Runs a host until it has killed itself at the step. */
async function dieAt(step: string, action: 'create' | 'remove', spec: InstanceSpec): Promise<void> {
  const what = JSON.stringify({ folder: bed.folder, step, action, spec });
  const host = spawn(process.execPath, [join(bundle, 'crash-host.mjs'), what], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = await once(host, 'exit');
  expect(signal).toBe('SIGKILL');
}

describe('a host that is killed', () => {
  it.each(['staged', 'placed', 'spawned', 'handed-over', 'done'])(
    'at "%s" of a create: the next one finishes it, once',
    async (step) => {
      const spec = makeSpec({ secretEnv: { TOKEN: 'again' } });
      await dieAt(step, 'create', spec);
      const driver = bed.open();
      const found = await bed.list(driver);
      if (step === 'staged') {
        expect(found).toEqual([]);
        // The first look of the next host clears away what nobody can finish.
        for (const room of ['staging', 'ports']) expect(await readdir(join(bed.folder, room))).toEqual([]);
      } else expect(found.map((one) => one.name)).toEqual([spec.name]);
      await bed.create(driver, spec);
      const running = await bed.waitState(driver, spec.name, 'running');
      expect(await ask(running, '/env?name=TOKEN')).toEqual({ value: 'again' });
      const { pid } = await ask<{ pid: number }>(running, '/facts');
      expect(await processesOf(spec.name)).toEqual([pid]);
      await bed.remove(driver, spec.name);
      expect(await bed.list(driver)).toEqual([]);
      expect(await processesOf(spec.name)).toEqual([]);
    },
  );

  it.each(['marked', 'signalled', 'ended'])('at "%s" of a remove: the next one finishes it', async (step) => {
    const spec = makeSpec({ volumes: [{ name: 'data', path: '/data' }] });
    await dieAt(step, 'remove', spec);
    const driver = bed.open();
    const [found] = await bed.list(driver);
    // Nobody is at it any more, so it is told as what it is, and asked for again.
    expect(found?.state).not.toBe('removing');
    await bed.remove(driver, spec.name);
    expect(await bed.list(driver)).toEqual([]);
    expect(await processesOf(spec.name)).toEqual([]);
  });

  it('leaves an instance that a removal finds without any create', async () => {
    const spec = makeSpec();
    await dieAt('handed-over', 'create', spec);
    const driver = bed.open();
    await bed.remove(driver, spec.name);
    expect(await bed.list(driver)).toEqual([]);
    await eventually('no process is left', async () => (await processesOf(spec.name)).length === 0);
  });
});

describe('processes that are not what the folder says', () => {
  const statusOf = (name: string) => join(bed.folder, 'instances', name, 'status.json');

  it('a pid that another process has now is not touched', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { EXIT_CODE: '0' } });
    await bed.create(driver, spec);
    await bed.waitState(driver, spec.name, 'exited');
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      detached: true,
      stdio: 'ignore',
    });
    const { pid = 0 } = stranger;
    try {
      const status = JSON.parse(await readFile(statusOf(spec.name), 'utf8'));
      const faked = { ...status.shim, pid };
      await writeFile(statusOf(spec.name), JSON.stringify({ ...status, phase: 'running', shim: faked, agent: faked }));
      expect((await bed.find(driver, spec.name))?.state).toBe('exited');
      await bed.remove(driver, spec.name, { graceMs: 100 });
      expect(await bed.list(driver)).toEqual([]);
      expect(await isAlive(pid)).toBe(true);
    } finally {
      stranger.kill('SIGKILL');
      await once(stranger, 'exit');
    }
  });

  it('after a restart of the machine all is told as exited, and says so', async () => {
    const driver = bed.open();
    const spec = makeSpec();
    await bed.create(driver, spec);
    await bed.waitState(driver, spec.name, 'running');
    const text = await readFile(statusOf(spec.name), 'utf8');
    const status = JSON.parse(text);
    const shim = { ...status.shim, boot: 'another life' };
    const agent = { ...status.agent, boot: 'another life' };
    await writeFile(statusOf(spec.name), JSON.stringify({ ...status, shim, agent }));
    const found = await bed.find(driver, spec.name);
    expect(found?.state).toBe('exited');
    expect(found?.exit?.message).toContain('restarted');
    await writeFile(statusOf(spec.name), text);
    expect((await bed.find(driver, spec.name))?.state).toBe('running');
  });

  it('an agent whose shim was killed is told as exited, and its removal ends it', async () => {
    const driver = bed.open();
    const spec = makeSpec();
    await bed.create(driver, spec);
    const { pid } = await ask<{ pid: number }>(await bed.waitState(driver, spec.name, 'running'), '/facts');
    process.kill(JSON.parse(await readFile(statusOf(spec.name), 'utf8')).shim.pid, 'SIGKILL');
    await bed.waitState(driver, spec.name, 'exited');
    expect(await isAlive(pid)).toBe(true);
    await bed.remove(driver, spec.name);
    expect(await isAlive(pid)).toBe(false);
  });

  it('a shim that died before it wrote down its agent is replaced by one start, and that agent ended', async () => {
    const spec = makeSpec();
    await dieAt('placed', 'create', spec);
    const dead = { pid: process.pid, start: '1', boot: 'another life' };
    const folder = join(bed.folder, 'instances', spec.name);
    await writeFile(join(folder, 'lock-1.json'), JSON.stringify(dead));
    const { instanceId } = JSON.parse(await readFile(join(folder, 'spec.json'), 'utf8'));
    const orphan = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      detached: true,
      stdio: 'ignore',
      env: { MOORAGE_INSTANCE: spec.name, MOORAGE_INSTANCE_ID: instanceId },
    });
    const orphanEnded = once(orphan, 'exit');
    const [driver, other] = [bed.open(), bed.open()];
    await Promise.all([bed.create(driver, spec), bed.create(other, spec)]);
    await ask(await bed.waitState(driver, spec.name, 'running'), '/health');
    await orphanEnded;
    expect(await processesOf(spec.name)).toHaveLength(1);
  });
});

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '@moorage/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, eventually, makeBed, makeSpec } from './kit.js';

describe('logs', () => {
  let bed: Awaited<ReturnType<typeof makeBed>>;
  beforeEach(async () => {
    bed = await makeBed();
  });
  afterEach(() => bed.close());
  const texts = (lines: readonly LogLine[]) => lines.map((line) => line.text);

  it('gives the lines, the last of them, and those since a moment', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { LINES: '200' } });
    await bed.create(driver, spec);
    await ask(await bed.waitState(driver, spec.name, 'running'), '/health');
    const all = await bed.lines(driver, spec.name);
    expect(texts(all)).toEqual(Array.from({ length: 200 }, (_, index) => `line ${index + 1}`));
    expect(all[0]).toMatchObject({ instance: spec.name, stream: 'stdout', at: expect.any(Number) });
    expect(texts(await bed.lines(driver, spec.name, { tail: 2 }))).toEqual(['line 199', 'line 200']);
    expect(await bed.lines(driver, spec.name, { tail: 0 })).toEqual([]);
    expect(await bed.lines(driver, spec.name, { since: Date.now() + 60_000 })).toEqual([]);
    expect(await bed.lines(driver, spec.name, { since: all[0]?.at })).toHaveLength(200);
  });

  it('puts characters together that arrive in pieces, and an end without a line break', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { PRINT: 'Grüße 世界 🚢\nlast', EXIT_CODE: '0' } });
    await bed.create(driver, spec);
    await bed.waitState(driver, spec.name, 'exited');
    expect(texts(await bed.lines(driver, spec.name))).toEqual(['Grüße 世界 🚢', 'last']);
  });

  it('follows both streams until the agent ends', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { STUBBORN: '1', LINES: '1' } });
    await bed.create(driver, spec);
    const running = await bed.waitState(driver, spec.name, 'running');
    const { pid } = await ask<{ pid: number }>(running, '/facts');
    const following = bed.lines(bed.open(), spec.name, { follow: true });
    process.kill(pid, 'SIGTERM');
    await eventually('the line on stderr', async () =>
      (await bed.lines(driver, spec.name)).some((line) => line.stream === 'stderr'),
    );
    await fetch(`http://127.0.0.1:${running.endpoint?.port}/exit?code=0`).catch(() => {});
    const lines = await following;
    expect(lines.map((line) => [line.stream, line.text])).toEqual([
      ['stdout', 'line 1'],
      ['stderr', 'SIGTERM ignored'],
    ]);
  });

  it('stops following when the caller gives up, or the instance is removed', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { LINES: '1' } });
    await bed.create(driver, spec);
    await ask(await bed.waitState(driver, spec.name, 'running'), '/health');
    const patience = new AbortController();
    const given = bed.lines(driver, spec.name, { follow: true, signal: patience.signal });
    const removed = bed.lines(driver, spec.name, { follow: true });
    patience.abort();
    expect((await given).length).toBeLessThanOrEqual(1);
    await bed.remove(driver, spec.name);
    expect((await removed).length).toBeLessThanOrEqual(1);
  });

  it('never takes more disk than it may, and keeps the newest lines', async () => {
    const logMaxBytes = 256 * 1024;
    const driver = bed.open({ logMaxBytes });
    const spec = makeSpec({ env: { FLOOD_BYTES: String(8 * 1024 * 1024) } });
    await bed.create(driver, spec);
    await ask(await bed.waitState(driver, spec.name, 'running'), '/health');
    await eventually('the last line', async () =>
      (await bed.lines(driver, spec.name, { tail: 1 })).some((line) => line.text === 'flood done'),
    );
    const folder = join(bed.folder, 'instances', spec.name);
    const files = (await readdir(folder)).filter((name) => name.startsWith('log-'));
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(logMaxBytes);
    expect((await bed.lines(driver, spec.name)).length).toBeGreaterThan(100);
  });
});

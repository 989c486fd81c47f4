import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMoorageError } from '@moorage/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, makeBed, makeSpec, never, processesOf } from './kit.js';

describe('what is there already', () => {
  let bed: Awaited<ReturnType<typeof makeBed>>;
  beforeEach(async () => {
    bed = await makeBed();
  });
  afterEach(() => bed.close());

  const codeOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return isMoorageError(error) ? error.code : error;
  };

  it('creates the same identity once, also from two hosts at once', async () => {
    const drivers = [bed.open(), bed.open(), bed.open()];
    const spec = makeSpec();
    await Promise.all(drivers.flatMap((driver) => [bed.create(driver, spec), bed.create(driver, spec)]));
    const [driver = bed.open()] = drivers;
    await ask(await bed.waitState(driver, spec.name, 'running'), '/health');
    expect(await processesOf(spec.name)).toHaveLength(1);
    expect(await readdir(join(bed.folder, 'ports'))).toHaveLength(1);
  });

  it('refuses a name that another version, another owner or a stranger has, and touches none of them', async () => {
    const driver = bed.open();
    const spec = makeSpec();
    await bed.create(driver, spec);
    expect(await codeOf(bed.create(driver, { ...spec, templateHash: 'other' }))).toBe('already_exists');
    expect(await codeOf(bed.create(driver, { ...spec, owner: 'owner-2' }))).toBe('already_exists');
    await bed.remove(driver, spec.name, { owner: 'owner-2' });
    expect((await bed.find(driver, spec.name))?.state).toBe('running');
    expect(await bed.list(driver, 'owner-2')).toEqual([]);
    const strange = makeSpec();
    const folder = join(bed.folder, 'instances', strange.name);
    await mkdir(folder);
    await writeFile(join(folder, 'spec.json'), '{"mine": false}');
    expect(await codeOf(bed.create(driver, strange))).toBe('already_exists');
    await bed.remove(driver, strange.name);
    expect((await stat(folder)).isDirectory()).toBe(true);
    expect(await bed.list(driver)).toHaveLength(1);
  });

  it('refuses names that are no names, and treats them as absent elsewhere', async () => {
    const driver = bed.open();
    for (const name of ['', '..', '../escape', 'a/b', 'ünï', 'x'.repeat(300), 'A', '-a']) {
      expect(await codeOf(bed.create(driver, makeSpec({ name }))), name).toBe('invalid_argument');
      await bed.remove(driver, name);
      expect(await codeOf(bed.lines(driver, name)), name).toBe('not_found');
      expect(await codeOf(driver.park?.(name, 'stop', bed.call()) ?? Promise.resolve()), name).toBe('not_found');
    }
    expect(await bed.list(driver)).toEqual([]);
  });

  it('takes unicode and odd ids as they are', async () => {
    const driver = bed.open();
    const spec = makeSpec({
      name: 'moor-odd',
      deploymentId: '../../dépôt/世界',
      owner: '../owner ☃',
      tenant: 'ключ\n"quoted"',
      agentId: 'x'.repeat(300),
      volumes: [{ name: 'data', path: '/data' }],
    });
    await bed.create(driver, spec);
    const [found] = await bed.list(driver, spec.owner);
    expect(found).toMatchObject({ deploymentId: spec.deploymentId, tenant: spec.tenant });
    await bed.remove(driver, spec.name, { owner: spec.owner });
    expect(await readdir(join(bed.folder, 'volumes'))).toEqual([]);
  });

  it('is unavailable, never empty, while its folder is away, damaged or another one', async () => {
    const driver = bed.open();
    const spec = makeSpec();
    await bed.create(driver, spec);
    const engine = (await driver.list({ owner: 'owner-1' }, { signal: never() })).engine;
    const away = `${bed.folder}-away`;
    await rename(bed.folder, away);
    try {
      expect(await codeOf(bed.list(driver))).toBe('unavailable');
      expect(await codeOf(bed.create(driver, makeSpec()))).toBe('unavailable');
      expect(await codeOf(bed.remove(driver, spec.name))).toBe('unavailable');
      const other = bed.open();
      expect(await bed.list(other)).toEqual([]);
      expect(await codeOf(bed.list(driver))).toBe('unavailable');
      await other.close();
      await rm(bed.folder, { recursive: true });
    } finally {
      await rename(away, bed.folder);
    }
    await rename(join(bed.folder, 'instances'), `${bed.folder}-instances`);
    expect(await codeOf(bed.list(driver))).toBe('unavailable');
    expect(await codeOf(bed.list(bed.open()))).toBe('unavailable');
    await rename(`${bed.folder}-instances`, join(bed.folder, 'instances'));
    const again = await driver.list({ owner: 'owner-1' }, { signal: never() });
    expect(again.engine).toBe(engine);
    expect(again.instances.map((one) => one.state)).toEqual(['running']);
  });

  it('says which file is damaged', async () => {
    const driver = bed.open();
    await bed.list(driver);
    const file = join(bed.folder, 'instances', 'moor-damaged', 'spec.json');
    await mkdir(join(file, '..'));
    await writeFile(file, '{"moorage": 1, "na');
    await expect(bed.list(driver)).rejects.toThrow(file);
    await rm(join(file, '..'), { recursive: true });
  });

  it('ends a call that is given up, and finishes it when asked again', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { STUBBORN: '1' } });
    const gone = AbortSignal.abort();
    expect(await codeOf(driver.create(spec, { signal: gone }))).toBe('cancelled');
    expect(await bed.list(driver)).toEqual([]);
    await bed.create(driver, spec);
    await ask(await bed.waitState(driver, spec.name, 'running'), '/health');
    const patience = new AbortController();
    const removing = driver.remove(spec.name, {
      owner: 'owner-1',
      signal: patience.signal,
      graceMs: 60_000,
      purge: true,
    });
    const ended = codeOf(removing);
    await bed.waitState(driver, spec.name, 'removing');
    patience.abort();
    expect(await ended).toBe('cancelled');
    await bed.waitState(driver, spec.name, 'running');
    await bed.remove(driver, spec.name, { graceMs: 50 });
    expect(await bed.list(driver)).toEqual([]);
  });

  it('refuses calls after close, and ends those under way; agents go on', async () => {
    const driver = bed.open();
    const spec = makeSpec({ env: { STUBBORN: '1' } });
    await bed.create(driver, spec);
    await ask(await bed.waitState(driver, spec.name, 'running'), '/health');
    const removing = codeOf(bed.remove(driver, spec.name, { graceMs: 60_000 }));
    await bed.waitState(driver, spec.name, 'removing');
    await driver.close();
    await driver.close();
    expect(await removing).toBe('cancelled');
    expect(await codeOf(bed.list(driver))).toBe('cancelled');
    expect(await codeOf(bed.lines(driver, spec.name))).toBe('cancelled');
    const next = bed.open();
    await bed.waitState(next, spec.name, 'running');
    await bed.remove(next, spec.name, { graceMs: 0 });
  });
});

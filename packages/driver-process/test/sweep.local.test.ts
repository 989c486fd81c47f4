import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemProcessTable } from '../src/process-table.js';
import { stagingName } from '../src/staging-name.js';
import { makeBed, makeSpec } from './kit.js';

let bed: Awaited<ReturnType<typeof makeBed>>;
beforeEach(async () => {
  bed = await makeBed();
});
afterEach(() => bed.close());

it('clears away what hosts that died have left, and nothing that is in use', async () => {
  const driver = bed.open();
  const spec = makeSpec();
  await bed.create(driver, spec);
  const [held = ''] = await readdir(join(bed.folder, 'ports'));
  const old = new Date(Date.now() - 3_600_000);
  await utimes(join(bed.folder, 'ports', held), old, old);
  await mkdir(join(bed.folder, 'trash', 'moor-half-deleted.1'));
  await mkdir(join(bed.folder, 'staging', 'moor-young.1'));
  await mkdir(join(bed.folder, 'staging', 'moor-old.1'));
  await utimes(join(bed.folder, 'staging', 'moor-old.1'), old, old);
  await writeFile(join(bed.folder, 'ports', '21001.test'), 'moor-nobody');
  await utimes(join(bed.folder, 'ports', '21001.test'), old, old);
  await bed.list(bed.open());
  expect(await readdir(join(bed.folder, 'trash'))).toEqual([]);
  expect(await readdir(join(bed.folder, 'staging'))).toEqual(['moor-young.1']);
  expect(await readdir(join(bed.folder, 'ports'))).toEqual([held]);
});

it('leaves alone what another host is putting together at this moment', async () => {
  await bed.list(bed.open());
  const entry = stagingName('moor-of-another', await identityOf(process.pid));
  await mkdir(join(bed.folder, 'staging', entry));
  await writeFile(join(bed.folder, 'ports', '21002.test'), 'moor-of-another');
  await bed.list(bed.open());
  expect(await readdir(join(bed.folder, 'staging'))).toEqual([entry]);
  expect(await readdir(join(bed.folder, 'ports'))).toEqual(['21002.test']);
});

async function identityOf(pid: number) {
  const table = systemProcessTable();
  return { pid, start: (await table.find(pid))?.start ?? '', boot: await table.boot() };
}

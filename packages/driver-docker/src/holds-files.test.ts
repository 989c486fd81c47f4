import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { holdsFiles } from './holds-files.js';
import { tarArchive } from './tar-archive.js';

const folder = { path: '0/', kind: 'directory', mode: 0o755 } as const;
const file = (path: string, size: number) =>
  ({ path, kind: 'file', mode: 0o644, read: async () => Buffer.alloc(size, 'x') }) as const;

it('tells an empty folder from one with something in it', async () => {
  expect(await holdsFiles(tarArchive([folder]))).toBe(false);
  expect(await holdsFiles(tarArchive([folder, file('0/born', 3)]))).toBe(true);
  expect(await holdsFiles(tarArchive([folder, { ...folder, path: '0/empty/' }]))).toBe(true);
});

it('reads no more of a large one than it has to', async () => {
  const archive = tarArchive([folder, file('0/big', 64 * 1024 * 1024)]);
  expect(await holdsFiles(archive)).toBe(true);
  expect(archive.destroyed).toBe(true);
});

it('takes an archive that ends at once for empty', async () => {
  expect(await holdsFiles(Readable.from([]))).toBe(false);
});

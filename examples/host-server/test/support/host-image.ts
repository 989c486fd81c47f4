import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { localNodeImage } from '@moorage/driver-docker';
import { engineByHand } from '../faults/support/engine-by-hand.js';
import { loadImage } from './load-image.js';

const folder = fileURLToPath(new URL('../..', import.meta.url));

/** What the Dockerfile makes, from the Node that runs here: for machines that cannot pull an image to begin with. */
export interface HostImage {
  readonly repository: string;
  readonly tag: string;
}

/** Builds the image of the host server and hands it to the test cluster. Its tag tells its content. */
export async function hostImage(): Promise<HostImage> {
  await promisify(execFile)('npm', ['run', 'image'], { cwd: folder, timeout: 170_000 });
  const files = await filesIn(join(folder, 'dist/image'), '/app');
  files['/agent/calculator.mjs'] = await readFile(join(folder, '../agents/dist/calculator.mjs'));
  const hash = createHash('sha256');
  for (const [path, content] of Object.entries(files)) hash.update(path).update(content);
  const image = { repository: 'moorage/host-server', tag: hash.digest('hex').slice(0, 16) };
  const name = `${image.repository}:${image.tag}`;
  await localNodeImage({ tag: name, files, command: ['node', '/app/main.mjs'] });
  await loadImage(name);
  // The cluster has it by now; the engine was only the way there.
  await engineByHand().removeImage(name);
  return image;
}

async function filesIn(from: string, to: string): Promise<Record<string, Buffer>> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const read = paths.sort().map(async (path) => [join(to, relative(from, path)), await readFile(path)] as const);
  return Object.fromEntries(await Promise.all(read));
}

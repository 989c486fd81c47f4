import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Makes an image of the Node binary that runs here with some files, for a cluster that can pull none, and hands its
 * archive to the command in `MOORAGE_TEST_LOAD`. Resolves with the image's name, which tells its content.
 */
export async function loadNodeImage(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const load = process.env.MOORAGE_TEST_LOAD;
  if (!load) throw new Error('Set MOORAGE_TEST_LOAD to a command that loads an image archive into the cluster');
  const folder = await mkdtemp(join(tmpdir(), 'moorage-image-'));
  try {
    const image = `${name}:${createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16)}`;
    await stage(join(folder, 'root'), files);
    await run('tar', ['-C', join(folder, 'root'), '--owner=0', '--group=0', '-cf', join(folder, 'layer.tar'), '.']);
    const digest = await sha256(join(folder, 'layer.tar'));
    await writeFile(join(folder, 'config.json'), JSON.stringify(configOf(digest)));
    const manifest = [{ Config: 'config.json', RepoTags: [image], Layers: ['layer.tar'] }];
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
    const archive = join(folder, 'image.tar');
    await run('tar', ['-C', folder, '-cf', archive, 'config.json', 'layer.tar', 'manifest.json']);
    await run('sh', ['-c', `${load} "$1"`, 'load', archive]);
    return image;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function stage(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  const put = async (path: string, write: (target: string) => Promise<void>) => {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await write(target);
  };
  await put('/usr/local/bin/node', (target) => copyFile(process.execPath, target));
  const { stdout } = await run('ldd', [process.execPath]);
  const libraries = new Set(stdout.match(/(?<=\s)\/\S+(?= \(0x)/g) ?? []);
  for (const library of libraries) await put(library, async (target) => copyFile(await realpath(library), target));
  for (const [path, text] of Object.entries(files)) await put(path, (target) => writeFile(target, text));
}

function configOf(digest: string): object {
  return {
    architecture: { x64: 'amd64' }[process.arch as string] ?? process.arch,
    os: 'linux',
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_ENV=production'], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

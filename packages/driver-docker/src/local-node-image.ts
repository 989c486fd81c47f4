import { execFile } from 'node:child_process';
import { readFile, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { promisify } from 'node:util';
import { MoorageError } from '@moorage/core/driver';
import { classifyError } from './classify-error.js';
import { type ConnectionOptions, toConnection } from './connection.js';
import { dockerClient } from './docker-client.js';
import { findImage, followProgress } from './ensure-image.js';
import { parseImageReference } from './image-reference.js';
import { label } from './labels.js';
import { shortHash } from './short-hash.js';
import { type TarEntry, tarArchive } from './tar-archive.js';

export interface LocalNodeImageOptions extends ConnectionOptions {
  /** Name of the image, `name:tag`. */
  readonly tag: string;
  /** Absolute paths in the image and what is there. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** Command of the image; `node` is on the path. */
  readonly command: readonly string[];
  /** User of the image, numeric. Default `65534:65534`. */
  readonly user?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where the running Node binary lies in the image. */
const nodePath = '/usr/local/bin/node';

/**
 * Makes an image of the Node binary that runs here, its shared libraries and the given files; for machines that cannot
 * pull one. Does nothing when the engine has it already with the same content. Errors: `unsupported` elsewhere than on
 * Linux, and as `create`.
 */
export async function localNodeImage(options: LocalNodeImageOptions): Promise<void> {
  const { tag, files, command, user = '65534:65534', signal = AbortSignal.timeout(120_000) } = options;
  if (process.platform !== 'linux') {
    throw new MoorageError(
      'unsupported',
      'Cannot make an image of the local Node binary: that needs Linux. Pull a Node image instead',
      {
        operation: 'localNodeImage',
      },
    );
  }
  const client = dockerClient(toConnection(options, process.env));
  try {
    const libraries = await sharedLibraries(process.execPath);
    const hash = await contentHash([process.execPath, ...libraries], JSON.stringify([command, user]), files);
    const found = await findImage(client, tag, signal);
    if (found?.Config?.Labels?.[label.content] === hash) return;
    const { repository, tag: version } = parseImageReference(tag);
    const changes = [
      `CMD ${JSON.stringify(command)}`,
      'WORKDIR /',
      'ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production',
      `USER ${user}`,
      `LABEL ${label.content}=${hash}`,
    ];
    await followProgress(
      client,
      {
        method: 'POST',
        path: '/images/create',
        query: { fromSrc: '-', repo: repository, tag: version, changes },
        upload: tarArchive(imageEntries(libraries, files)),
        signal,
      },
      undefined,
    );
  } catch (error) {
    const action = `Cannot make the image "${tag}" of the local Node binary`;
    throw classifyError(error, { operation: 'localNodeImage', action, signal, address: client.address });
  }
}

/** Absolute paths that `ldd` names, the dynamic loader among them. */
async function sharedLibraries(binary: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ldd', [binary]);
  return [...new Set(stdout.match(/(?<=\s)\/\S+(?= \(0x)/g) ?? [])];
}

async function contentHash(
  binaries: readonly string[],
  settings: string,
  files: LocalNodeImageOptions['files'],
): Promise<string> {
  // Size and time stand for the binaries: reading 100 MB on every start would cost more than the import saves.
  const stats = await Promise.all(
    binaries.map(async (path) => [path, (await stat(path)).size, (await stat(path)).mtimeMs]),
  );
  const contents = Object.entries(files).map(([path, content]) => [path, Buffer.from(content).toString('base64')]);
  return shortHash(JSON.stringify([process.version, settings, stats, contents]), 64);
}

function imageEntries(libraries: readonly string[], files: LocalNodeImageOptions['files']): readonly TarEntry[] {
  const binary = (path: string, source: string): TarEntry => ({
    path,
    kind: 'file',
    mode: 0o755,
    read: async () => readFile(await realpath(source)),
  });
  const text = (path: string, content: string | Buffer): TarEntry => ({
    path,
    kind: 'file',
    mode: 0o644,
    read: async () => Buffer.from(content),
  });
  const entries = [
    text('/etc/passwd', 'root:x:0:0:root:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n'),
    text('/etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    binary(nodePath, process.execPath),
    ...libraries.map((path) => binary(path, path)),
    ...Object.entries(files).map(([path, content]) => text(posix.resolve('/', path), content)),
  ];
  return [...folders(entries), ...entries].map((entry) => ({ ...entry, path: entry.path.slice(1) }));
}

function folders(entries: readonly TarEntry[]): readonly TarEntry[] {
  const paths = new Set<string>(['/tmp']);
  for (const { path } of entries) {
    for (let folder = posix.dirname(path); folder !== '/'; folder = posix.dirname(folder)) paths.add(folder);
  }
  return [...paths].sort().map((path) => ({ path, kind: 'directory', mode: path === '/tmp' ? 0o1777 : 0o755 }));
}

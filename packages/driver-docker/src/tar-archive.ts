import { Readable } from 'node:stream';
import { pack } from 'tar-stream';

/** One entry of an archive; `read` is called when its turn comes, so one file at a time is in memory. */
export interface TarEntry {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly target?: string | undefined;
  readonly read?: (() => Promise<Buffer>) | undefined;
}

/** A tar stream of the entries, in order, without times; a failing `read` destroys it with that error. */
export function tarArchive(entries: readonly TarEntry[]): Readable {
  const tar = pack();
  const write = async () => {
    for (const { path, kind, mode, uid = 0, gid = 0, target, read } of entries) {
      const header = { name: path, type: kind, mode, uid, gid, mtime: new Date(0), linkname: target ?? '' };
      const content = kind === 'file' ? ((await read?.()) ?? Buffer.alloc(0)) : undefined;
      await new Promise<void>((resolve, reject) => {
        const done = (error?: Error | null) => (error ? reject(error) : resolve());
        if (content === undefined) tar.entry(header, done);
        else tar.entry({ ...header, size: content.length }, content, done);
      });
    }
    tar.finalize();
  };
  write().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  return Readable.from(tar as unknown as AsyncIterable<Buffer>, { objectMode: false });
}

import type { Readable } from 'node:stream';

const block = 512;
/** Enough for the folder itself and the beginning of whatever is in it. */
const enoughBytes = 16 * 1024;
/** Entries of an archive that only tell more of the next one. */
const notes = new Set(['x', 'g', 'L', 'K']);

/** Is there anything beside the folder itself in an archive of a folder? Reads no more of it than that takes. */
export async function holdsFiles(archive: Readable): Promise<boolean> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop ends the stream.
  for await (const chunk of archive) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes >= enoughBytes) break;
  }
  return countEntries(Buffer.concat(chunks)) > 1;
}

function countEntries(tar: Buffer): number {
  let entries = 0;
  for (let at = 0; at + block <= tar.length && tar[at] !== 0; ) {
    const text = (from: number, to: number) => tar.toString('latin1', at + from, at + to);
    if (!notes.has(text(156, 157))) entries += 1;
    const size = Number.parseInt(text(124, 136), 8) || 0;
    at += block + Math.ceil(size / block) * block;
  }
  return entries;
}

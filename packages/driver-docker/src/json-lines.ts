import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/**
 * JSON objects of a stream that holds one per line, however its chunks are cut. Ends the stream when its reader stops.
 */
export async function* jsonLines<T>(stream: Readable): AsyncGenerator<T, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.trim() !== '') yield JSON.parse(line) as T;
      }
    }
    if (rest.trim() !== '') yield JSON.parse(rest) as T;
  } finally {
    stream.destroy();
  }
}

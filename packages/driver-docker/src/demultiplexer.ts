import { Transform } from 'node:stream';
import { MoorageError } from '@moorage/core/driver';

/** Part of one frame of a log stream. `first` where a frame begins; a frame may come in several pieces. */
export interface LogPiece {
  readonly stream: 'stdout' | 'stderr';
  readonly first: boolean;
  readonly data: Buffer;
}

const headerBytes = 8;
const maxComplaintLength = 1000;

/**
 * Bytes of the engine's multiplexed stream in, {@link LogPiece}s out, however the bytes are cut. Holds at most one
 * header: payload is passed on as it comes, and a slow reader slows the engine down.
 */
export function demultiplexer(): Transform {
  const header = Buffer.alloc(headerBytes);
  let headerFilled = 0;
  let left = 0;
  let stream: LogPiece['stream'] | 'engine' = 'stdout';
  let complaint = '';
  let first = false;

  /** Consumes from `offset` on what belongs to the header or the payload; returns the new offset. */
  const step = (chunk: Buffer, offset: number, emit: (piece: LogPiece) => void): number => {
    if (left > 0) {
      const end = Math.min(chunk.length, offset + left);
      const data = chunk.subarray(offset, end);
      left -= end - offset;
      if (stream === 'engine') {
        complaint += data.toString();
        if (left === 0 || complaint.length > maxComplaintLength) throw engineFailure(complaint);
      } else emit({ stream, first, data });
      first = false;
      return end;
    }
    const copied = chunk.copy(header, headerFilled, offset, offset + headerBytes - headerFilled);
    headerFilled += copied;
    if (headerFilled === headerBytes) {
      headerFilled = 0;
      stream = streamOf(header);
      left = header.readUInt32BE(4);
      first = true;
    }
    return offset + copied;
  };

  return new Transform({
    readableObjectMode: true,
    transform(chunk: Buffer, _encoding, done) {
      try {
        let offset = 0;
        while (offset < chunk.length) offset = step(chunk, offset, (piece) => this.push(piece));
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

/** By the engine's numbers; three zero bytes follow in every frame. */
function streamOf(header: Buffer): LogPiece['stream'] | 'engine' {
  if (header.readUInt32BE(0) & 0x00ffffff || header.readUInt8(0) > 3) {
    throw new MoorageError(
      'internal',
      'Cannot read the log stream: it is not multiplexed (a container with a terminal?)',
      {
        operation: 'driver.logs',
      },
    );
  }
  // 0 is standard input, which an engine may echo; 3 tells why it cannot go on.
  return (['stdout', 'stdout', 'stderr', 'engine'] as const)[header.readUInt8(0)] ?? 'stdout';
}

function engineFailure(complaint: string): MoorageError {
  return new MoorageError('unavailable', `Cannot go on reading the log: the engine says "${complaint.trim()}"`, {
    operation: 'driver.logs',
  });
}

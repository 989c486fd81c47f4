import { StringDecoder } from 'node:string_decoder';
import type { InstanceName, LogLine } from '@moorage/core/driver';
import type { LogPiece } from './demultiplexer.js';

/** A longer line is handed on in several: nobody's log may fill the host's memory. In characters. */
export const maxLineLength = 65_536;
/** `2006-01-02T15:04:05.000000000Z ` and some room for an offset. */
const maxStampLength = 48;

export interface LogLineAssembler {
  /** Lines that are complete with this piece, oldest first. */
  push(piece: LogPiece): readonly LogLine[];
  /** What is left without a newline at the end of the stream. */
  end(): readonly LogLine[];
}

interface StreamState {
  readonly decoder: StringDecoder;
  /** True while the frame's timestamp is still being read. */
  inStamp: boolean;
  stamp: string;
  at: number | undefined;
  text: string;
}

/**
 * Puts lines together again. The engine cuts a long line into frames and writes a timestamp before each, maybe in the
 * middle of a character; stdout and stderr are cut independently.
 */
export function logLineAssembler(instance: InstanceName): LogLineAssembler {
  const states = { stdout: newState(), stderr: newState() };
  const line = (stream: LogPiece['stream'], at: number | undefined, text: string): LogLine => ({
    instance,
    stream,
    at,
    text: text.endsWith('\r') ? text.slice(0, -1) : text,
  });

  return {
    push(piece) {
      const state = states[piece.stream];
      const lines: LogLine[] = [];
      const payload = takeStamp(state, piece);
      if (payload.length === 0) return lines;
      // Joined only where a line ends: an agent that writes single bytes must not cost the square of its line's length.
      const parts = state.decoder.write(payload).split('\n');
      const rest = parts.pop() ?? '';
      for (const part of parts) {
        lines.push(line(piece.stream, state.at, state.text + part));
        state.text = '';
      }
      state.text += rest;
      while (state.text.length > maxLineLength) {
        const cut = endOfCharacter(state.text, maxLineLength);
        lines.push(line(piece.stream, state.at, state.text.slice(0, cut)));
        state.text = state.text.slice(cut);
      }
      return lines;
    },
    end() {
      return (['stdout', 'stderr'] as const).flatMap((stream) => {
        const state = states[stream];
        const text = state.text + state.decoder.end();
        state.text = '';
        return text === '' ? [] : [line(stream, state.at, text)];
      });
    },
  };
}

function newState(): StreamState {
  return { decoder: new StringDecoder('utf8'), inStamp: false, stamp: '', at: undefined, text: '' };
}

/**
 * Reads the timestamp off the front of a frame; returns the payload behind it, empty while the stamp is not complete.
 */
function takeStamp(state: StreamState, piece: LogPiece): Buffer {
  if (piece.first) {
    state.inStamp = true;
    state.stamp = '';
  }
  if (!state.inStamp) return piece.data;
  const space = piece.data.indexOf(0x20);
  if (space < 0) {
    state.stamp += piece.data.toString('latin1');
    if (state.stamp.length <= maxStampLength) return Buffer.alloc(0);
    state.inStamp = false;
    return Buffer.from(state.stamp, 'latin1');
  }
  const stamp = state.stamp + piece.data.toString('latin1', 0, space);
  state.inStamp = false;
  const at = Date.parse(stamp);
  if (Number.isNaN(at)) return Buffer.concat([Buffer.from(state.stamp, 'latin1'), piece.data]);
  // A line that is continued keeps the time at which it began.
  if (state.text === '') state.at = at;
  return piece.data.subarray(space + 1);
}

/** Never between the two halves of a surrogate pair. */
function endOfCharacter(text: string, index: number): number {
  const code = text.charCodeAt(index - 1);
  return code >= 0xd800 && code <= 0xdbff ? index - 1 : index;
}

/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  /** The last id that the stream has set, also by an event without data. */
  readonly id: string | undefined;
  /** [message] */
  readonly event: string;
  readonly data: string;
}

/** Longest line that is read, in characters: an endless one must not fill the memory. */
const maxLineLength = 8_388_608;

interface Draft {
  id: string | undefined;
  event: string;
  data: string[];
}

/**
 * Reads Server-Sent Events as they come. Chunks may split lines, line ends and characters anywhere. An id that comes
 * without data is kept for the next event and told to `onId`; comments are skipped. An event cut off by the end is
 * dropped.
 */
export async function* readServerSentEvents(
  chunks: AsyncIterable<Uint8Array>,
  onId: (id: string) => void = () => {},
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const draft: Draft = { id: undefined, event: '', data: [] };
  for await (const line of readLines(chunks)) {
    if (line !== '') {
      readField(draft, line);
      continue;
    }
    const { id, event, data } = draft;
    draft.event = '';
    draft.data = [];
    if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') };
    // After the event, so that an id counts as seen only once its event was handled.
    if (id !== undefined) onId(id);
  }
}

function readField(draft: Draft, line: string): void {
  const colon = line.indexOf(':');
  if (colon === 0) return;
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (name === 'data') draft.data.push(value);
  else if (name === 'event') draft.event = value;
  else if (name === 'id' && !value.includes('\0')) draft.id = value;
}

/** Lines ended by CR LF, LF or CR. */
async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the end of a chunk may be the first half of a CR LF: wait for what follows.
    const lines = rest.split(/\r\n|\n|\r(?=[^\n])/);
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > maxLineLength) throw new RangeError(`An event has a line above ${maxLineLength} characters`);
  }
}
